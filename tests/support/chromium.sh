#!/usr/bin/env bash
# Chromium without a window: its shell for that, which Playwright takes by itself, costs half of the whole browser, whose own pages it leaves
# out. At ordinary priority: as root it makes its threads real-time, and two of them can starve a two-core machine.
set -euo pipefail
program="$(command -v chromium-headless-shell || command -v chromium || command -v chromium-browser)"
drop=(setpriv --bounding-set -sys_nice --inh-caps -sys_nice)
if [ "$(id -u)" = 0 ] && "${drop[@]}" true 2>/dev/null; then exec "${drop[@]}" "$program" "$@"; fi
exec "$program" "$@"

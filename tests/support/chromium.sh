#!/usr/bin/env bash
# Chromium at ordinary priority. As root it makes its threads real-time, and two of them can starve a two-core machine.
set -euo pipefail
program="$(command -v chromium || command -v chromium-browser)"
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
  exec setpriv --bounding-set -sys_nice --inh-caps -sys_nice "$program" "$@"
fi
exec "$program" "$@"

#!/usr/bin/env bash
# Builds the front end of Kinetix Local into its package, when its sources changed.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -f shared/kinetix_local/web/frontend/package.json ] || exit 0
exec .venv/bin/python packaging/setup/build_web.py "$@"

#!/usr/bin/env bash
# Installs what the tests need, then lint and every test on five workers, as three of them often wait for programs that they drive.
# The types are checked beside all that: while the tools come, a core is free. Ends in pytest's closing line, or in what the types lack.
set -euo pipefail
cd "$(dirname "$0")/../.."
types="$(mktemp)"
trap 'kill $(jobs -p) 2>/dev/null || true; rm -f "$types"' EXIT
.venv/bin/mypy >"$types" 2>&1 &
checking=$!
# In a fresh checkout each of the workers would compile every module for itself: they begin together.
compiling=
if [ ! -d tests/__pycache__ ]; then
  .venv/bin/pytest --collect-only -qq </dev/null >/dev/null 2>&1 &
  compiling=$!
fi
./packaging/setup/test_tools.sh
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/python packaging/setup/build_web.py --lint
if [ -n "$compiling" ]; then wait "$compiling" || true; fi # what cannot be collected is told by the run itself
status=0
.venv/bin/pytest -n 5 --dist loadgroup "$@" </dev/null || status=$?
if ! wait "$checking"; then
  cat "$types"
  exit 1
fi
exit "$status"

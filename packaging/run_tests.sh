#!/usr/bin/env bash
# Lint, then every test on four workers, as two of them often wait for programs that they drive; the types are checked beside
# them, on a core that is free just then. Ends in pytest's closing line, or in what the types lack.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/python packaging/build_web.py --lint
echo "Not in this run: the tests with Windows' Python (make test-windows; make nightly runs them too)"
types="$(mktemp)"
trap 'rm -f "$types"' EXIT
.venv/bin/mypy >"$types" 2>&1 &
checking=$!
status=0
.venv/bin/pytest -n 4 --dist loadgroup "$@" </dev/null || status=$?
if ! wait "$checking"; then
  cat "$types"
  exit 1
fi
exit "$status"

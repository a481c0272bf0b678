#!/usr/bin/env bash
# Lint, types, then every test on two workers. Ends in pytest's closing line.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy
exec .venv/bin/pytest -n 2 --dist loadgroup "$@" </dev/null

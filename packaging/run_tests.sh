#!/usr/bin/env bash
# Lint, types, then every test on three workers, as one of them often waits for a program that it drives. Ends in pytest's
# closing line.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy
.venv/bin/python packaging/build_web.py --lint
exec .venv/bin/pytest -n 3 --dist loadgroup "$@" </dev/null

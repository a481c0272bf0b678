#!/usr/bin/env bash
# Lint, types, then every test on two workers. Ends in pytest's closing line.
# A failed test is tried again and listed as a rerun: real editors and browsers on a shared machine are sometimes late.
# What fails three times is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy
exec .venv/bin/pytest -n 2 --dist loadgroup --reruns 2 --reruns-delay 2 -rR "$@" </dev/null

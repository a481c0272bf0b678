#!/usr/bin/env bash
# Resolves the dependencies of pyproject.toml anew into the lock files; versions that still fit stay. `lock.sh --upgrade` takes
# the newest. Hashes only: where packages come from is the user's setting.
set -euo pipefail
cd "$(dirname "$0")/../.."
compile() {
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
    --no-emit-package kinetix-bridge-models pyproject.toml "$@"
}
compile --all-extras "$@" -o requirements.lock
compile --extra local -c requirements.lock -o packaging/artefacts/requirements-complete.txt
compile --no-emit-package numpy -c requirements.lock -o packaging/artefacts/requirements-wheels.txt # Blender brings numpy

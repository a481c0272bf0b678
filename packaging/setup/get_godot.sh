#!/usr/bin/env bash
# get_godot.sh PREFIX
#
# Puts a working Godot 4 editor binary at PREFIX/bin/godot without touching the
# system: the package and its whole dependency closure (C library and Mesa
# software drivers included) come from a newer Debian suite, through apt with
# signature checking on, and are only unpacked below PREFIX. The binary is then
# told (patchelf) to use the C library and the libraries below PREFIX.
#
# Needs: apt-get, dpkg-deb, flock (util-linux). No root, no system package.
# Idempotent: a second run with a working PREFIX only prints the version.
# The Debian mirror and the keyring are taken from this machine's apt sources.
set -euo pipefail

die() { echo "get_godot: $*" >&2; exit 1; }

prefix="${1:?get_godot.sh PREFIX}" suite=forky
mkdir -p "$prefix"
prefix="$(cd "$prefix" && pwd -P)"
case "$prefix" in *[[:space:]:\"\;]*) die "PREFIX must not hold blanks, colons, semicolons or quotes: $prefix" ;; esac

exec 9>"$prefix/.get_godot.lock"
flock 9

# --version starts no main loop: 0.05 s, and it fails when a library is missing
probe() { "$prefix/bin/godot" --version 2>/dev/null | grep -E '^4\.' ; }
if [ -x "$prefix/bin/godot" ] && probe; then exit 0; fi

# --- which mirror, which keyring: what apt here already uses -----------------
targets="$(apt-get indextargets \
  --format '$(IDENTIFIER)|$(REPO_URI)|$(COMPONENT)|$(RELEASE)|$(SIGNED_BY)')"
pick="$(printf '%s\n' "$targets" | awk -F'|' '
  $1=="Packages" && $3=="main" && $2 !~ /^file:|security/ && $4 !~ /(-updates|-security|-backports)$/ {print; exit}')"
[ -n "$pick" ] || die "no Debian 'main' source found in this machine's apt sources"
mirror="$(printf '%s' "$pick" | cut -d'|' -f2)"
keyring="$(printf '%s' "$pick" | cut -d'|' -f5)"
if [ ! -r "$keyring" ]; then
  for k in /usr/share/keyrings/debian-archive-keyring.pgp /usr/share/keyrings/debian-archive-keyring.gpg; do
    if [ -r "$k" ]; then keyring="$k"; break; fi
  done
fi
[ -r "$keyring" ] || die "no Debian archive keyring (install debian-archive-keyring)"

# --- a private apt: own lists, own empty package state, own cache ------------
apt="$prefix/.apt"
rm -rf "$apt" "$prefix/root.new"
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/log" "$apt/empty.d"
: >"$apt/status"; : >"$apt/extended_states"; : >"$apt/none"
arch="$(dpkg --print-architecture)"
cat >"$apt/src.sources" <<SRC
Types: deb
URIs: $mirror
Suites: $suite
Components: main
Architectures: $arch
Signed-By: $keyring
SRC
cat >"$apt/apt.conf" <<CONF
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Install-Pkgs;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear Dir::Cache::pkgcache;
#clear Dir::Cache::srcpkgcache;
Dir::Etc::sourcelist "$apt/src.sources";
Dir::Etc::sourceparts "$apt/empty.d";
Dir::Etc::preferences "$apt/none";
Dir::Etc::preferencesparts "$apt/empty.d";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::State::extended_states "$apt/extended_states";
Dir::Cache "$apt/cache";
Dir::Cache::archives "$apt/cache/archives";
Dir::Log "$apt/log";
Debug::NoLocking "true";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
APT::Get::Assume-Yes "true";
Acquire::Retries "3";
Acquire::Languages "none";
CONF
run_apt() { apt-get -c "$apt/apt.conf" -q "$@" >"$apt/log/$1.txt" 2>&1 || { tail -20 "$apt/log/$1.txt" >&2; die "apt-get $1 failed (suite $suite)"; }; }

run_apt update
# Software GL and Vulkan come along so that the editor also runs under Xvfb.
run_apt install --download-only godot patchelf fonts-dejavu-core \
  libgl1 libegl1 libgles2 libglx-mesa0 libegl-mesa0 libgl1-mesa-dri \
  libvulkan1 mesa-vulkan-drivers

# --- unpack below PREFIX, no maintainer script is run ------------------------
new="$prefix/root.new"
mkdir -p "$new/usr/lib" "$new/usr/bin"
for d in lib lib64 bin sbin; do mkdir -p "$new/usr/$d"; ln -sfn "usr/$d" "$new/$d"; done
for deb in "$apt"/cache/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$new" --no-same-owner --keep-directory-symlink \
    --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' \
    --exclude='./usr/include/*' --exclude='./usr/share/lintian/*'
done
rm -rf "$prefix/root"; mv "$new" "$prefix/root"
root="$prefix/root"

multi="$(basename "$(dirname "$(ls "$root"/usr/lib/*-linux-gnu*/libc.so.6 | head -1)")")"
lib="$root/usr/lib/$multi"
loader="$(ls "$lib"/ld-linux*.so.* 2>/dev/null | head -1)"
[ -n "$loader" ] || die "no dynamic loader in the unpacked C library"
pe() { "$loader" --library-path "$lib" "$root/usr/bin/patchelf" "$@"; }

# DT_RPATH on the program holds for the libraries it loads as well, and unlike
# LD_LIBRARY_PATH it does not leak into programs that Godot starts.
pe --set-interpreter "$loader" --force-rpath --set-rpath "$lib:$lib/pulseaudio" "$root/usr/bin/godot"
# A library with a RUNPATH of its own ignores the program's, so it gets both
# (libLLVM has $ORIGIN/../lib, libpulse an absolute path, for instance).
for so in "$lib"/*.so*; do
  if [ -L "$so" ] || [ ! -f "$so" ]; then continue; fi
  rp="$(pe --print-rpath "$so" 2>/dev/null || true)"
  if [ -n "$rp" ]; then
    pe --set-rpath "$lib:$(printf '%s' "$rp" | sed "s#\(^\|:\)/usr/lib#\1$root/usr/lib#g")" "$so"
  fi
done

mkdir -p "$prefix/bin"
cat >"$prefix/bin/godot.tmp" <<WRAP
#!/bin/sh
# written by get_godot.sh
r='$root'
# software Vulkan from below PREFIX, only where the machine has no Vulkan driver of its own
[ -n "\${VK_DRIVER_FILES:-}\${VK_ICD_FILENAMES:-}" ] || ls /usr/share/vulkan/icd.d/*.json /etc/vulkan/icd.d/*.json 2>/dev/null | grep -q . || { for f in "\$r"/usr/share/vulkan/icd.d/lvp_icd*.json; do VK_DRIVER_FILES="\$f"; done; export VK_DRIVER_FILES; }
[ -d /usr/share/X11/xkb ] || [ -n "\${XKB_CONFIG_ROOT:-}" ] || { XKB_CONFIG_ROOT="\$r/usr/share/X11/xkb"; export XKB_CONFIG_ROOT; }
[ -e /etc/fonts/fonts.conf ] || [ -n "\${FONTCONFIG_PATH:-}" ] || { FONTCONFIG_PATH="\$r/etc/fonts"; export FONTCONFIG_PATH; }
exec "\$r/usr/bin/godot" "\$@"
WRAP
chmod +x "$prefix/bin/godot.tmp"; mv "$prefix/bin/godot.tmp" "$prefix/bin/godot"

# --- check: every library resolves, and below PREFIX; the program starts -----
miss="$("$loader" --list "$root/usr/bin/godot" | grep -vE "linux-vdso|$root/" || true)"
[ -z "$miss" ] || { printf '%s\n' "$miss" >&2; die "libraries from outside PREFIX"; }
rm -rf "$apt"
probe || die "godot --version failed"

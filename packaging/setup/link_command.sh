#!/usr/bin/env bash
# Step of `make setup`: links `kinetix` into ~/.local/bin, where Blender and Godot look for it too, and says what comes next.
# Another program of that name is left alone.
set -euo pipefail
cd "$(dirname "$0")/../.."
program="$PWD/.venv/bin/kinetix"
folder="$HOME/.local/bin"
link="$folder/kinetix"

if [ -L "$link" ] && [[ "$(readlink "$link")" == */.venv/bin/kinetix ]]; then rm "$link"; fi
if [ -e "$link" ] || [ -L "$link" ]; then
  echo "There is another kinetix in $folder, which is left alone. This one is $program."
else
  mkdir -p "$folder"
  ln -s "$program" "$link"
  echo "Ready: kinetix is in $folder."
  case ":$PATH:" in
    *":$folder:"*) ;;
    *) echo "This terminal does not look there yet: export PATH=\"\$HOME/.local/bin:\$PATH\"" ;;
  esac
fi
echo "Next: kinetix emote create samples/balance.mp4, or make demo."

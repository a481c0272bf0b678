"""Lists of emotes and conflicts, also long ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.godot.editor import Editor
from tests.support import tools

pytestmark = pytest.mark.xdist_group("godot-editor")


def test_the_list_is_searched(stage: Editor) -> None:
    names = stage.pretend(
        "for name in ['Wavelet', 'Bow']: link._take_event('emote.changed', {'id': name, 'name': name})\n"
        "library._search.text = 'vELE'\n"
        "library._search.text_changed.emit('vELE')\n"
        "var found = library._names.duplicate()\n"
        "library._search.text = ''\n"
        "return found"
    )
    assert names == ["Wavelet"], "of the hub's emotes and of those of the watched folder"


def test_a_large_library_does_not_hold_the_editor_up(stage: Editor, tmp_path: Path) -> None:
    """A thousand emotes are listed at once; their thumbnails follow in slices."""
    picture = (tools.ROOT / "godot_bridge/example_project/sample_emotes/wave.png").read_bytes()
    for number in range(1000):
        (tmp_path / f"{number}.png").write_bytes(picture)
    last, unread, is_drawn = stage.pretend(
        "for number in 1000:\n"
        f"\tvar files = {{'thumbnail': '{tmp_path}/%d.png' % number, 'glb': ''}}\n"
        "\tvar row = {'id': str(number), 'name': 'Emote %d' % number, 'sha256': str(number), 'files': files}\n"
        "\tlink.emotes[str(number)] = link.Types.Emote.new(row)\n"
        "library._refresh()\n"
        "var unread = [library._unread.size()]\n"
        "while not library._unread.is_empty():\n"
        "\tlibrary._read_thumbnails()\n"
        "\tunread.append(library._unread.size())\n"
        "var is_drawn = library._list.get_item_icon(library._ids.find('0')) != null\n"
        "return [library._names[library._ids.find('999')], unread, is_drawn]"
    )
    assert last == "Emote 999" and is_drawn
    assert unread[0] == 1000, "the list comes before any picture is read"
    assert len(unread) > 2, "a frame reads some of the pictures, not all"

"""Lists of emotes and conflicts, also long ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.godot.headless.stage import Stage
from tests.support import tools

pytestmark = pytest.mark.xdist_group("godot-editor")


def test_the_list_is_searched(stage: Stage) -> None:
    names = stage.editor.run(
        "var view = plugin.dock.library_view\n"
        "var was = plugin.link.emotes.duplicate()\n"
        "for name in ['Wavelet', 'Bow']: plugin.link._take_event('emote.changed', {'id': name, 'name': name})\n"
        "view._search.text = 'vELE'\n"
        "view._search.text_changed.emit('vELE')\n"
        "var found = view.shown_names()\n"
        "view._search.text = ''\n"
        "plugin.link.emotes.assign(was)\n"
        "view._search.text_changed.emit('')\n"
        "return found"
    )
    assert names == ["Wavelet"], "of the hub's emotes and of those of the watched folder"


def test_a_large_library_does_not_hold_the_editor_up(stage: Stage, tmp_path: Path) -> None:
    """A thousand emotes are listed at once; their thumbnails follow in slices."""
    picture = (tools.ROOT / "godot_bridge/example_project/sample_emotes/wave.png").read_bytes()
    for number in range(1000):
        (tmp_path / f"{number}.png").write_bytes(picture)
    listed, left, slices, last = stage.editor.run(
        "var view = plugin.dock.library_view\n"
        "var was = plugin.link.emotes.duplicate()\n"
        "for number in 1000:\n"
        f"\tvar files = {{'thumbnail': '{tmp_path}/%d.png' % number, 'glb': ''}}\n"
        "\tvar row = {'id': str(number), 'name': 'Emote %d' % number, 'sha256': str(number), 'files': files}\n"
        "\tplugin.link.emotes[str(number)] = plugin.link.Types.Emote.new(row)\n"
        "view._refresh()\n"
        "var listed = view._unread.size()\n"
        "var last = view.shown_names()[view._ids.find('999')]\n"
        "view._read_thumbnails()\n"
        "var left = view._unread.size()\n"
        "var slices = 1\n"
        "while not view._unread.is_empty():\n"
        "\tview._read_thumbnails()\n"
        "\tslices += 1\n"
        "var first = view._list.get_item_icon(view._ids.find('0'))\n"
        "plugin.link.emotes.assign(was)\n"
        "view._refresh()\n"
        "return [listed, left, slices, last if first else 'no picture']"
    )
    assert last == "Emote 999"
    assert listed == 1000, "the list comes before any picture is read"
    assert 0 < left < 1000 and slices > 1, "a frame reads some of the pictures, not all"

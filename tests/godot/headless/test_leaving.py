"""Lost connections, and switching the add-on off. Runs last."""

from __future__ import annotations

import contextlib

import pytest
from websockets.exceptions import InvalidStatus

from tests.godot import emotes
from tests.godot.editor import hub
from tests.godot.headless.stage import Stage, link_of
from tests.support.hub_json import web_socket
from tests.support.waiting import LIMIT_S, until

pytestmark = pytest.mark.xdist_group("godot-editor")


def test_a_hub_with_too_many_listeners_is_named_and_tried_again(stage: Stage) -> None:
    info = link_of(stage.root / "home").info
    address, headers = f"ws://127.0.0.1:{info.port}/v1/events/ws", {"Authorization": f"Bearer {info.token}"}
    with contextlib.ExitStack() as opened:

        def is_refused() -> bool:
            with contextlib.suppress(InvalidStatus):
                while True:
                    opened.enter_context(web_socket(address, headers))
            # Leaves its own place, which the next socket here takes.
            return bool(
                stage.editor.run(
                    "if plugin.link._socket and plugin.link._nonce.is_empty():\n\tplugin.link.retry()\n\tplugin.link._wait = 2.0\n"
                    "return 'Close editors' in plugin.dock.find_child('Cure', true, false).text"
                )
            )

        until(is_refused, "the refusal")
    stage.editor.until("plugin.link.is_up()")


def test_the_hub_may_come_and_go(stage: Stage) -> None:
    link_of(stage.root / "home").call("POST", "/v1/shutdown", {})
    stage.editor.until("not plugin.link.is_up() and not plugin.link.cure.is_empty()")
    stage.hub.wait(LIMIT_S)
    with hub(stage.root / "home", stage.root / "hub.log"):
        stage.editor.until("plugin.link.is_up()")
        stage.export("Again.glb", emotes.wave_glb(80))
        until(lambda: stage.imported("emotes/Again.glb"))


def test_disabling_removes_every_part(stage: Stage) -> None:
    """Last: the add-on is switched off and on again."""
    # Nodes of the runtime in a scene that is open are the user's.
    ours = "func(n): return n.get_script() != null and 'kinetix_emotes/editor' in n.get_script().resource_path"
    count = f"EditorInterface.get_base_control().find_children('*', '', true, false).filter({ours}).size()"
    found = stage.editor.run(
        "plugin.dock.library_view.preview.clear()\n"  # whom it shows stays away when the add-on comes back
        f"var before = {count}\n"
        "plugin.dock.create_view._on_browse()\n"  # a dialog that is open, and a question that is on its way
        "plugin.link.request(HTTPClient.METHOD_GET, '/v1/snapshot')\n"
        "plugin.imports.enqueue(PackedStringArray(['emotes/Wave.glb']))\n"
        "EditorInterface.set_plugin_enabled('kinetix_emotes', false)\n"
        "for frame in 5: await Engine.get_main_loop().process_frame\n"
        f"var off = {count}\n"
        "var dialogs = EditorInterface.get_base_control().find_children('*', 'EditorFileDialog', true, false)\n"
        "for dialog in dialogs:\n"
        "\tfor told in dialog.get_signal_connection_list('file_selected'):\n"
        "\t\tvar who = told.callable.get_object()\n"
        "\t\tif who and who.get_script() and 'kinetix_emotes' in who.get_script().resource_path: off += 1\n"
        "var meta = Engine.has_meta(&'kinetix_emotes')\n"
        "var files = EditorInterface.get_resource_filesystem()\n"
        "var heard = 0\n"
        "for told in files.get_signal_list():\n"
        "\tfor to in files.get_signal_connection_list(told.name):\n"
        "\t\tvar who = to.callable.get_object()\n"
        "\t\tif who and who.get_script() and 'kinetix_emotes' in who.get_script().resource_path: heard += 1\n"
        "EditorInterface.set_plugin_enabled('kinetix_emotes', true)\n"
        "for frame in 5: await Engine.get_main_loop().process_frame\n"
        f"return [before, off, meta, heard, {count}]"
    )
    assert found[0] > 0 and found[4] == found[0]
    assert found[1:4] == [0, False, 0]

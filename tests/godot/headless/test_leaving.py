"""Lost connections, and switching the add-on off. Runs last."""

from __future__ import annotations

import contextlib

import psutil
import pytest
from websockets.exceptions import InvalidStatus

from tests.godot import emotes
from tests.godot.editor import Editor, hub, link_of
from tests.support.hub_json import web_socket
from tests.support.waiting import LIMIT_S, until

pytestmark = pytest.mark.xdist_group("godot-editor")


def test_a_hub_with_too_many_listeners_is_named_and_tried_again(stage: Editor) -> None:
    info = link_of(stage.home).info
    address, headers = f"ws://127.0.0.1:{info.port}/v1/events/ws", {"Authorization": f"Bearer {info.token}"}
    with contextlib.ExitStack() as opened:

        def is_refused() -> bool:
            with contextlib.suppress(InvalidStatus):
                while True:
                    opened.enter_context(web_socket(address, headers))
            # Leaves its own place, which the next socket here takes.
            return bool(
                stage.run(
                    "if link._socket and link._nonce.is_empty():\n\tlink.retry()\n\tlink._wait = 2.0\n"
                    "return 'Close editors' in part('Cure').text"
                )
            )

        until(is_refused, "the refusal")
    stage.until("link.is_up()")


def test_the_hub_may_come_and_go(stage: Editor) -> None:
    process = psutil.Process(link_of(stage.home).info.pid)
    stage.call("POST", "/v1/shutdown", {})
    stage.until("not link.is_up() and not link.cure.is_empty()")
    process.wait(LIMIT_S)
    with hub(stage.root):
        stage.until("link.is_up()")
        stage.export("Again.glb", emotes.wave_glb(80))
        stage.imported("emotes/Again.glb")


def test_disabling_removes_every_part(stage: Editor) -> None:
    """Last: the add-on is switched off and on again."""
    # Nodes of the runtime in a scene that is open are the user's.
    ours = "func(n): return n.get_script() != null and 'kinetix_emotes/editor' in n.get_script().resource_path"
    count = f"EditorInterface.get_base_control().find_children('*', '', true, false).filter({ours}).size()"
    found = stage.run(
        "preview.clear()\n"  # whom it shows stays away when the add-on comes back
        f"var before = {count}\n"
        "create._on_browse()\n"  # a dialog that is open, and a question that is on its way
        "link.request(HTTPClient.METHOD_GET, '/v1/snapshot')\n"
        "imports.enqueue(PackedStringArray(['emotes/Wave.glb']))\n"
        "EditorInterface.set_plugin_enabled('kinetix_emotes', false)\n"
        "await frames(5)\n"
        f"var off = {count}\n"
        "var meta = Engine.has_meta(&'kinetix_emotes')\n"
        "var heard = 0\n"
        "var others = EditorInterface.get_base_control().find_children('*', 'EditorFileDialog', true, false)\n"
        "for other in others + [EditorInterface.get_resource_filesystem()]:\n"
        "\tfor told in other.get_signal_list():\n"
        "\t\tfor to in other.get_signal_connection_list(told.name):\n"
        "\t\t\tvar who = to.callable.get_object()\n"
        "\t\t\tif who and who.get_script() and 'kinetix_emotes' in who.get_script().resource_path: heard += 1\n"
        "EditorInterface.set_plugin_enabled('kinetix_emotes', true)\n"
        "await frames(5)\n"
        f"return [before, off, meta, heard, {count}]"
    )
    assert found[0] > 0 and found[4] == found[0]
    assert found[1:4] == [0, False, 0]

"""Connection to the hub and the service, and entering a key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.godot import emotes
from tests.godot.dock.stage import Stage

pytestmark = pytest.mark.xdist_group("godot-dock")


def test_a_key_is_entered_checked_and_removed_in_the_dock(stage: Stage) -> None:
    """Uses Kinetix Local by its address. No file of the project or of Godot contains the key."""
    stage.call("POST", "/v1/library-page")  # starts the service
    home = stage.source.parent / "home"
    service = json.loads((home / "local/serve.json").read_text(encoding="utf-8"))
    stage.call("PUT", "/v1/profiles/own", {"kind": "custom", "url": service["url"]})
    dialog = "plugin.dock.find_child('ProfileDialog', true, false)"
    result, kept = (f"plugin.dock.find_child('{name}', true, false).text" for name in ("KeyResult", "KeySource"))
    settled = f"not {dialog}._is_busy and not {dialog}._profiles.is_empty()"

    def choose(profile: str) -> None:
        stage.editor.run(f"{dialog}.open()\nreturn true")
        stage.editor.until(settled)
        at = stage.editor.run(f"return {dialog}._profiles.map(func(p): return p.name).find('{profile}')")
        stage.editor.run(f"{dialog}._where.select({at})\n{dialog}._where.item_selected.emit({at})\nreturn true")
        stage.editor.until(settled)

    def save(key: str) -> None:
        stage.editor.run(f"{dialog}._key.text = '{key}'\n{dialog}._key.text_changed.emit('')\nreturn true")
        stage.press("SaveKey")
        stage.editor.until(f"{settled} and {dialog}._key.text.is_empty()")

    try:
        choose("own")
        assert stage.editor.run(f"return {kept}").startswith("No key yet.")
        stage.editor.until("plugin.dock.find_child('EnterKey', true, false).visible")
        save("0" * 32)
        assert "key" in stage.editor.run(f"return {result}") and "ready" not in stage.editor.run(f"return {result}")
        stage.editor.until("plugin.dock.find_child('EnterKey', true, false).visible")
        save(service["apiKey"])
        assert stage.editor.run(f"return {result}") == "Own address (own) is ready."
        assert "only you can read" in stage.editor.run(f"return {kept}"), "the tests' system has no keyring"
        stage.editor.until("plugin.dock.find_child('State', true, false).text == 'Connected (own)'")
        held = [path for path in stage.source.parent.rglob("*") if path.is_file() and home not in path.parents]
        assert not [path for path in held if service["apiKey"].encode() in path.read_bytes()]
        assert service["apiKey"] not in (home / "hub/profiles.json").read_text(encoding="utf-8")
        stage.press("RemoveKey")
        assert "Own address (own)" in stage.answer("RemoveKeyQuestion")
        stage.editor.until(f"{settled} and {kept}.begins_with('No key yet.') and {result}.is_empty()")
    finally:
        stage.call("POST", "/v1/profiles/local/activate")
        stage.call("DELETE", "/v1/profiles/own/key")
        stage.call("DELETE", "/v1/profiles/own")
    stage.editor.run(f"{dialog}.hide()\nreturn true")
    stage.editor.until("plugin.link.connection.kind == 'local'")


def test_a_hub_that_does_not_come_up_is_looked_into_without_a_terminal(stage: Stage) -> None:
    link, view = "plugin.link", "plugin.dock.connection_view"
    shown = stage.editor.run(
        f"var before = [{link}.state, {link}.reason, {link}.cure]\n"
        f"{link}._set_state({link}.State.STARTING, 'Kinetix did not start; trying again.', 'Look into it.')\n"
        f"var shown = {view}._doctor.visible\n{view}._doctor.pressed.emit()\n"
        f"{link}._set_state(before[0], before[1], before[2])\n"
        f"return [shown, {view}._doctor.visible]"
    )
    assert shown == [True, False]
    said = "plugin.dock.find_child('Said', true, false).text"
    stage.editor.until(f"not {said} in ['', 'Looking …']")
    stage.editor.run("plugin.dock.find_child('Doctor', true, false).hide()\nreturn true")


@pytest.mark.parametrize(
    ("state", "is_offered"),
    [("ready", False), ("starting", False), ("offline", True), ("error", True), ("noKey", True)],
)
def test_what_is_wrong_is_offered_where_no_emote_can_be_made(stage: Stage, state: str, is_offered: bool) -> None:
    """The state is restored within one frame."""
    link = "plugin.link"
    shown = stage.editor.run(
        f"var before = {link}.connection\n"
        f"{link}._take_event('connection.changed', {{'profile': 'local', 'state': '{state}', 'message': 'A reason.'}})\n"
        "var shown = plugin.dock.connection_view._doctor.visible\n"
        f"{link}.connection = before\n{link}.connection_changed.emit()\n"
        "return shown"
    )
    assert shown is is_offered


def test_a_hub_that_does_not_answer_says_nothing_against_a_clip(stage: Stage, tmp_path: Path) -> None:
    """Nothing listens at the hub's port."""
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"a film")
    told = stage.editor.run(
        "var view = plugin.dock.create_view\n"
        "var link = plugin.link\n"
        "var before = link._info\n"
        "link.set_process(false)\n"
        "link._info = {'port': 1, 'token': 'x'}\n"
        f"view._clip.text = '{clip}'\n"
        "view._refresh()\n"
        "while not view._pending.is_empty(): await Engine.get_main_loop().process_frame\n"
        "view._refresh()\n"
        "while not view._pending.is_empty(): await Engine.get_main_loop().process_frame\n"
        "var told = [link.is_up(), view._why.text, view._create.disabled, view._checked]\n"
        "view._clip.text = ''\n"
        "view._refresh()\n"
        "link._info = before\n"
        "link.set_process(true)\n"
        "return told"
    )
    assert told == [True, "", False, ""], "the button can be pressed, and it will be asked again"


def test_a_clip_that_is_chosen_while_another_is_sent_stays(stage: Stage) -> None:
    """Any answer of the hub empties the form."""
    kept = stage.editor.run(
        "var view = plugin.dock.create_view\n"
        "var fill = func(name):\n"
        "\tview._clip.text = '/films/%s.mp4' % name\n"
        "\tview._name.text = name\n"
        "var answered = []\n"
        "var send = func():\n"
        "\tawait view._send('/v1/connection/check', {})\n"
        "\tanswered.append(true)\n"
        "fill.call('First')\n"
        "send.call()\n"
        "fill.call('Next')\n"
        "while answered.is_empty(): await Engine.get_main_loop().process_frame\n"
        "var kept = [view._clip.text, view._name.text]\n"
        "await send.call()\n"
        "return kept + [view._clip.text, view._name.text]"
    )
    assert kept == ["/films/Next.mp4", "Next", "", ""]


def test_an_emote_that_came_while_events_were_lost_is_imported(stage: Stage, tmp_path: Path) -> None:
    """The hub reports lost events, and the dock reads a new snapshot."""
    stage.editor.run("plugin.link.set_process(false)\nreturn true")
    (tmp_path / "Lost.glb").write_bytes(emotes.wave_glb(7))
    targets = stage.call("GET", "/v1/sync/targets")["targets"]
    (target,) = [target["id"] for target in targets if target["folder"] == "emotes"]
    sent = stage.call("POST", f"/v1/sync/targets/{target}/send", {"glb": str(tmp_path / "Lost.glb"), "name": "Lost"})
    assert sent["file"] == "emotes/Lost.glb"
    lost = "plugin.link._take_message(JSON.stringify({'reset': true}))"
    stage.editor.run(f"{lost}\nplugin.link.set_process(true)\nreturn true")
    stage.imported("emotes/Lost.glb")
    stage.editor.until("plugin.link.is_up()")


def test_nothing_in_the_dock_moves_while_things_are_told(stage: Stage) -> None:
    places = stage.editor.run(
        "var link = plugin.link\n"
        "var frames = func(): for frame in 4: await Engine.get_main_loop().process_frame\n"
        "var tabs = plugin.dock.find_child('Tabs', true, false)\n"
        "plugin._show_dock()\n"
        "await frames.call()\n"
        "var places = [tabs.global_position.y]\n"
        "for level in ['good', 'info', 'warning', 'error']:\n"
        "\tlink.noticed.emit(level, 'Something happened that takes many words to tell in full.', 'Do this, then do that.')\n"
        "\tawait frames.call()\n"
        "\tplaces.append(tabs.global_position.y)\n"
        "link.set_process(false)\n"
        "var before = [link.state, link.reason, link.cure, link.connection]\n"
        "var message = 'Kinetix Local is starting, which takes a while.'\n"
        "link._take_event('connection.changed', {'profile': 'local', 'state': 'starting', 'message': message})\n"
        "await frames.call()\n"
        "places.append(tabs.global_position.y)\n"
        "link._set_state(link.State.CONNECTING, 'The connection to Kinetix was lost; connecting again.')\n"
        "await frames.call()\n"
        "places.append(tabs.global_position.y)\n"
        "link.connection = before[3]\n"
        "link._set_state(before[0], before[1], before[2])\n"
        "link.set_process(true)\n"
        "return places"
    )
    assert len(set(places)) == 1, places


def test_after_the_removal_no_variable_is_blamed(stage: Stage) -> None:
    said = stage.editor.run(
        "var link = plugin.link.get_script().new()\n"
        "link.starts_hub = false\n"
        "var variable = OS.get_environment('KINETIX_NO_START')\n"
        "var out = []\n"
        "for value in ['', '1']:\n"
        "\tOS.set_environment('KINETIX_NO_START', value)\n"
        "\tlink._start_hub()\n"
        "\tout.append([link.reason, link.cure])\n"
        "OS.set_environment('KINETIX_NO_START', variable)\n"
        "link.free()\n"
        "return out"
    )
    assert said[0] == ["Kinetix is not running.", ""]
    assert "KINETIX_NO_START" in said[1][1]

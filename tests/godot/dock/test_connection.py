"""Connection to the hub and the service, and entering a key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.godot import emotes
from tests.godot.editor import Editor

pytestmark = pytest.mark.xdist_group("godot-dock")


def test_a_key_is_entered_checked_and_removed_in_the_dock(stage: Editor) -> None:
    """Uses Kinetix Local by its address. No file of the project or of Godot contains the key."""
    stage.call("POST", "/v1/library-page")  # starts the service
    service = json.loads((stage.home / "local/serve.json").read_text(encoding="utf-8"))
    stage.call("PUT", "/v1/profiles/own", {"kind": "custom", "url": service["url"]})
    dialog, result, kept = "part('ProfileDialog')", "part('KeyResult').text", "part('KeySource').text"
    settled = f"not {dialog}._is_busy and not {dialog}._profiles.is_empty()"

    def save(key: str) -> None:
        stage.run(f"{dialog}._key.text = '{key}'\n{dialog}._key.text_changed.emit('')")
        stage.press("SaveKey")
        stage.until(f"{settled} and {dialog}._key.text.is_empty()")

    try:
        stage.run(f"{dialog}.open()")
        stage.until(settled)
        stage.run(
            f"var where = {dialog}._where\n"
            f"where.select({dialog}._profiles.map(func(p): return p.name).find('own'))\n"
            "where.item_selected.emit(where.selected)"
        )
        stage.until(settled)
        assert stage.get(kept).startswith("No key yet.")
        stage.until("part('EnterKey').visible")
        save("0" * 32)
        assert "key" in stage.get(result) and "ready" not in stage.get(result)
        stage.until("part('EnterKey').visible")
        save(service["apiKey"])
        assert stage.get(result) == "Own address (own) is ready."
        assert "only you can read" in stage.get(kept), "the tests' system has no keyring"
        stage.until("part('State').text == 'Connected (own)'")
        held = [path for path in stage.root.rglob("*") if path.is_file() and stage.home not in path.parents]
        assert not [path for path in held if service["apiKey"].encode() in path.read_bytes()]
        assert service["apiKey"] not in (stage.home / "hub/profiles.json").read_text(encoding="utf-8")
        stage.press("RemoveKey")
        assert "Own address (own)" in stage.answer("RemoveKeyQuestion")
        stage.until(f"{settled} and {kept}.begins_with('No key yet.') and {result}.is_empty()")
    finally:
        stage.call("POST", "/v1/profiles/local/activate")
        stage.call("DELETE", "/v1/profiles/own/key")
        stage.call("DELETE", "/v1/profiles/own")
    stage.run(f"{dialog}.hide()")
    stage.until("link.connection.kind == 'local'")


def test_a_hub_that_does_not_come_up_is_looked_into_without_a_terminal(stage: Editor) -> None:
    doctor = "dock.connection_view._doctor"
    assert not stage.get(f"{doctor}.visible")
    assert stage.pretend(
        "link._set_state(link.State.STARTING, 'Kinetix did not start; trying again.', 'Look into it.')\n"
        f"{doctor}.pressed.emit()\nreturn {doctor}.visible"
    )
    stage.until("not part('Said').text in ['', 'Looking …']")
    stage.run("part('Doctor').hide()")


@pytest.mark.parametrize(
    ("state", "is_offered"),
    [("ready", False), ("starting", False), ("offline", True), ("error", True), ("noKey", True)],
)
def test_what_is_wrong_is_offered_where_no_emote_can_be_made(stage: Editor, state: str, is_offered: bool) -> None:
    shown = stage.pretend(
        f"link._take_event('connection.changed', {{'profile': 'local', 'state': '{state}', 'message': 'A reason.'}})\n"
        "return dock.connection_view._doctor.visible"
    )
    assert shown is is_offered


def test_a_hub_that_does_not_answer_says_nothing_against_a_clip(stage: Editor, tmp_path: Path) -> None:
    """Nothing listens at the hub's port."""
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"a film")
    told = stage.pretend(
        "link._info = {'port': 1, 'token': 'x'}\n"
        f"create._clip.text = '{clip}'\n"
        "for time in 2:\n"
        "\tcreate._refresh()\n"
        "\twhile not create._pending.is_empty(): await frames(1)\n"
        "return [link.is_up(), create._why.text, create._create.disabled, create._checked]"
    )
    assert told == [True, "", False, ""], "the button can be pressed, and it will be asked again"
    stage.run("create._clip.text = ''\ncreate._refresh()")


def test_a_clip_that_is_chosen_while_another_is_sent_stays(stage: Editor) -> None:
    """Any answer of the hub empties the form."""
    kept = stage.run(
        "var fill = func(name):\n"
        "\tcreate._clip.text = '/films/%s.mp4' % name\n"
        "\tcreate._name.text = name\n"
        "var answered = []\n"
        "var send = func():\n"
        "\tawait create._send('/v1/connection/check', {})\n"
        "\tanswered.append(true)\n"
        "fill.call('First')\n"
        "send.call()\n"
        "fill.call('Next')\n"
        "while answered.is_empty(): await frames(1)\n"
        "var kept = [create._clip.text, create._name.text]\n"
        "await send.call()\n"
        "return kept + [create._clip.text, create._name.text]"
    )
    assert kept == ["/films/Next.mp4", "Next", "", ""]


def test_an_emote_that_came_while_events_were_lost_is_imported(stage: Editor, tmp_path: Path) -> None:
    """The hub reports lost events, and the dock reads a new snapshot."""
    stage.run("link.set_process(false)")
    (tmp_path / "Lost.glb").write_bytes(emotes.wave_glb(7))
    targets = stage.call("GET", "/v1/sync/targets")["targets"]
    (target,) = [target["id"] for target in targets if target["folder"] == "emotes"]
    sent = stage.call("POST", f"/v1/sync/targets/{target}/send", {"glb": str(tmp_path / "Lost.glb"), "name": "Lost"})
    assert sent["file"] == "emotes/Lost.glb"
    stage.pretend("")
    stage.imported("emotes/Lost.glb")


def test_nothing_in_the_dock_moves_while_things_are_told(stage: Editor) -> None:
    places = stage.pretend(
        "var places = []\n"
        "var note = func():\n"
        "\tawait frames(4)\n"
        "\tplaces.append(part('Tabs').global_position.y)\n"
        "plugin._show_dock()\n"
        "await note.call()\n"
        "for level in ['good', 'info', 'warning', 'error']:\n"
        "\tlink.noticed.emit(level, 'Something happened that takes many words to tell in full.', 'Do this, then do that.')\n"
        "\tawait note.call()\n"
        "var message = 'Kinetix Local is starting, which takes a while.'\n"
        "link._take_event('connection.changed', {'profile': 'local', 'state': 'starting', 'message': message})\n"
        "await note.call()\n"
        "link._set_state(link.State.CONNECTING, 'The connection to Kinetix was lost; connecting again.')\n"
        "await note.call()\n"
        "return places"
    )
    assert len(places) == 7 and len(set(places)) == 1, places


def test_after_the_removal_no_variable_is_blamed(stage: Editor) -> None:
    said = stage.run(
        "var other = link.get_script().new()\n"
        "other.starts_hub = false\n"
        "var variable = OS.get_environment('KINETIX_NO_START')\n"
        "var out = []\n"
        "for value in ['', '1']:\n"
        "\tOS.set_environment('KINETIX_NO_START', value)\n"
        "\tother._start_hub()\n"
        "\tout.append([other.reason, other.cure])\n"
        "OS.set_environment('KINETIX_NO_START', variable)\n"
        "other.free()\n"
        "return out"
    )
    assert said[0] == ["Kinetix is not running.", ""]
    assert "KINETIX_NO_START" in said[1][1]

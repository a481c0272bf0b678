@tool
extends VBoxContainer
## How the connection stands, why, and what to do; also whether this project is a sync target.

const HubLink := preload("hub_link.gd")
const EmoteImports := preload("emote_imports.gd")
const GOOD := Color(0.45, 0.8, 0.5)
const BAD := Color(0.95, 0.6, 0.4)

var _link: HubLink
var _imports: EmoteImports
var _state: Label
var _cure: Label
var _retry: Button
var _sync: Button
var _notice: Label


## Builds the view.
func setup(link: HubLink, imports: EmoteImports) -> void:
	_link = link
	_imports = imports
	_state = Label.new()
	_state.name = "State"
	_state.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
	add_child(_state)
	_cure = Label.new()
	_cure.name = "Cure"
	_cure.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
	add_child(_cure)
	_retry = Button.new()
	_retry.name = "Retry"
	_retry.text = "Try again"
	_retry.pressed.connect(link.retry)
	add_child(_retry)
	_sync = Button.new()
	_sync.name = "SyncProject"
	_sync.text = "Bring emotes into this project"
	_sync.tooltip_text = "Keeps res://emotes in step with your emote library."
	_sync.pressed.connect(_on_sync_pressed)
	add_child(_sync)
	_notice = Label.new()
	_notice.name = "Notice"
	_notice.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
	add_child(_notice)
	link.state_changed.connect(_refresh)
	link.changed.connect(_on_changed)
	link.noticed.connect(_on_noticed)
	imports.failed.connect(_on_failed)
	imports.imported.connect(_on_imported)
	_refresh()


func _on_changed(part: StringName) -> void:
	if part == &"connection" or part == &"targets":
		_refresh()


func _refresh() -> void:
	var text := _link.reason
	var cure := _link.cure
	var good := _link.is_up()
	if good:
		var service: Dictionary = _link.connection
		var profile := str(service.get("profile", ""))
		text = "Connected (%s)" % profile if not profile.is_empty() else "Connected"
		if str(service.get("state", "ready")) != "ready":
			good = str(service.get("state")) == "starting"
			text = "%s: %s" % [profile, str(service.get("message", service.get("state")))]
			cure = str(service.get("nextStep", ""))
		for target: Dictionary in _link.own_targets():
			if target.get("error") is Dictionary:
				var error: Dictionary = target["error"]
				good = false
				text = str(error.get("title"))
				cure = str(error.get("nextStep", ""))
	_state.text = ("● " if good else "○ ") + text
	_state.modulate = GOOD if good else BAD
	_cure.text = cure
	_cure.visible = not cure.is_empty()
	_retry.visible = not _link.is_up()
	_sync.visible = _link.is_up() and _link.own_targets().is_empty()


func _on_sync_pressed() -> void:
	var body := {
		"project": ProjectSettings.globalize_path("res://").trim_suffix("/"),
		"folder": "emotes",
		"source": "library",
	}
	var answer := await _link.request(HTTPClient.METHOD_POST, "/v1/sync/targets", body)
	if answer.get("error") is Dictionary:
		var error: Dictionary = answer["error"]
		_on_noticed("error", str(error.get("title")), str(error.get("nextStep", "")))


func _on_noticed(level: String, title: String, next_step: String) -> void:
	_notice.text = title if next_step.is_empty() else "%s → %s" % [title, next_step]
	_notice.modulate = Color.WHITE if level == "info" else BAD


func _on_failed(path: String, next_step: String) -> void:
	_on_noticed("error", "%s could not be imported." % path, next_step)


func _on_imported(paths: PackedStringArray) -> void:
	var what := paths[0] if paths.size() == 1 else "%d emotes" % paths.size()
	_on_noticed("info", "Imported %s" % what, "")

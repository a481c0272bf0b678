@tool
extends VBoxContainer
## State of the connection, its reason and the next step; also adds this project as a sync target.

const HubLink := preload("../hub/hub_link.gd")
const EmoteImports := preload("../project/emote_imports.gd")
const Types := preload("../hub/hub_types.gd")
const Look := preload("../look.gd")
const SyncCure := preload("../sync/sync_cure.gd")
const DoctorView := preload("doctor_view.gd")
const ProfileDialog := preload("profile_dialog.gd")
const Words := preload("../words.gd")
## The level of a notice → how the editor shows it. A toast moves nothing in the dock; the editor's bell keeps it.
const SEVERITIES: Dictionary[String, EditorToaster.Severity] = {
	"warning": EditorToaster.SEVERITY_WARNING,
	"error": EditorToaster.SEVERITY_ERROR,
}

var _link: HubLink
var _level := ""
var _mark: TextureRect
var _state: Label
var _cure: Label
var _retry: Button
var _settings: Button
var _enter_key: Button
var _doctor: Button
var _sync: Button


## Builds the view.
func setup(link: HubLink, imports: EmoteImports) -> void:
	_link = link
	var row := HBoxContainer.new()
	add_child(row)
	_mark = Look.mark()
	row.add_child(_mark)
	_state = Look.text("State")
	_state.text_overrun_behavior = TextServer.OVERRUN_TRIM_ELLIPSIS
	_state.mouse_filter = Control.MOUSE_FILTER_PASS
	row.add_child(_state)
	_retry = Button.new()
	_retry.name = "Retry"
	_retry.text = Words.translated("Try again")
	_retry.size_flags_vertical = Control.SIZE_SHRINK_BEGIN
	Look.icon(_retry, &"Reload")
	_retry.pressed.connect(link.retry)
	# The row is as high without the button.
	_retry.minimum_size_changed.connect(
		func() -> void: row.custom_minimum_size.y = _retry.get_combined_minimum_size().y
	)
	row.add_child(_retry)
	_cure = Look.text("Cure")
	_build_profiles(row)
	var view := DoctorView.new()
	add_child(view)
	_doctor = Button.new()
	_doctor.name = "AskDoctor"
	_doctor.text = Words.translated("What is wrong?")
	Look.icon(_doctor, &"Search")
	_doctor.pressed.connect(view.open)
	add_child(_doctor)
	var sync_cure := SyncCure.new()
	sync_cure.setup(link)
	add_child(sync_cure)
	_sync = Button.new()
	_sync.name = "SyncProject"
	_sync.text = Words.translated("Bring emotes into this project")
	_sync.tooltip_text = Words.translated("Syncs res://emotes with your emote library.")
	_sync.pressed.connect(_on_sync_pressed)
	add_child(_sync)
	link.state_changed.connect(_refresh)
	link.changed.connect(_on_changed)
	link.noticed.connect(_on_noticed)
	imports.failed.connect(_on_failed)
	imports.finished.connect(_on_imported)
	_mark.theme_changed.connect(_refresh)


## A small button on the first line, and a large one where a key is what is missing.
func _build_profiles(row: HBoxContainer) -> void:
	var profiles := ProfileDialog.new()
	profiles.setup(_link)
	add_child(profiles)
	_settings = Look.icon_button(
		&"Tools", Words.translated("Capture service and API key")
	)
	_settings.name = "Profiles"
	_settings.size_flags_vertical = Control.SIZE_SHRINK_BEGIN
	_settings.pressed.connect(profiles.open)
	row.add_child(_settings)
	add_child(_cure)
	_enter_key = Button.new()
	_enter_key.name = "EnterKey"
	_enter_key.text = Words.translated("Enter the key…")
	Look.icon(_enter_key, &"Key")
	_enter_key.pressed.connect(profiles.open)
	add_child(_enter_key)


func _on_changed(part: StringName) -> void:
	if part == &"connection" or part == &"targets":
		_refresh()


func _refresh() -> void:
	var text := _link.reason
	var cure := _link.cure
	_level = "warning"
	if _link.is_up():
		_level = "good"
		var service := _link.connection
		text = Words.translated("Connected (%s)") % service.profile
		if service.state != "ready":
			_level = "info" if service.state == "starting" else "error"
			text = "%s: %s" % [service.profile, service.message]
			cure = service.next_step
		for target: Types.SyncTarget in _link.own_targets():
			if target.error:
				_level = "error"
				text = target.error.title
				cure = target.error.next_step
	elif _link.state in [HubLink.State.NO_PROGRAM, HubLink.State.REFUSED]:
		_level = "error"
	# One line while nothing has to be done, so that what lies below keeps its place.
	var is_calm := _level in ["good", "info"] or _link.state == HubLink.State.CONNECTING
	_state.autowrap_mode = (TextServer.AUTOWRAP_OFF if is_calm else TextServer.AUTOWRAP_WORD_SMART)
	_state.tooltip_text = text
	Look.say(_state, text)
	Look.say(_cure, "" if is_calm else cure)
	Look.show_level(_mark, _state, _level)
	_retry.visible = not _link.is_up()
	_settings.visible = _link.is_up()
	_enter_key.visible = _link.is_up() and _link.connection.state in ["noKey", "badKey"]
	_doctor.visible = (
		_makes_nothing()
		if _link.is_up()
		else _link.state == HubLink.State.STARTING and not _link.cure.is_empty()
	)
	_sync.visible = _link.is_up() and _link.own_targets().is_empty()


## Returns whether the service cannot capture, for a reason that waiting does not remove.
func _makes_nothing() -> bool:
	return _link.connection.state not in ["ready", "starting"]


func _on_sync_pressed() -> void:
	var body := {
		"project": _link.project(),
		"folder": "emotes",
		"source": "library",
	}
	_sync.disabled = true
	var answer := await _link.request(HTTPClient.METHOD_POST, "/v1/sync/targets", body)
	_sync.disabled = false
	if not _link.report_error(answer):
		var told := Words.translated("res://emotes follows your library from now on.")
		_on_noticed("good", told, Words.translated("New emotes are added automatically."))


func _on_noticed(level: String, title: String, next_step: String) -> void:
	EditorInterface.get_editor_toaster().push_toast(
		Look.advice(title, next_step), SEVERITIES.get(level, EditorToaster.SEVERITY_INFO)
	)


func _on_failed(path: String, next_step: String) -> void:
	_on_noticed("error", Words.translated("%s could not be imported.") % path, next_step)


func _on_imported(paths: PackedStringArray) -> void:
	for path: String in paths:
		if path.get_basename().ends_with(".theirs"):
			var own := path.get_file().replace(".theirs.", ".")
			_on_noticed(
				"warning",
				Words.translated("%s changed on both sides.") % own,
				Words.translated("Choose on the page Sync.")
			)
			return
	var told := Words.translated("Imported %d emotes.") % paths.size()
	if paths.size() == 1:
		told = Words.translated("Imported %s.") % paths[0].get_file()
	_on_noticed("info", told, "")

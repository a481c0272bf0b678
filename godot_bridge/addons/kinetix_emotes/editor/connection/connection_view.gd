@tool
extends VBoxContainer
## State of the connection, its reason and the next step; also adds this project as a sync target.

const HubLink := preload("../hub/hub_link.gd")
const EmoteImports := preload("../project/emote_imports.gd")
const Types := preload("../hub/hub_types.gd")
const Look := preload("../look.gd")
const SyncCure := preload("../sync/sync_cure.gd")
const ProfileDialog := preload("profile_dialog.gd")
const Words := preload("../words.gd")
## The level of a notice → how the editor shows it. A toast moves nothing in the dock; the editor's bell keeps it.
const SEVERITIES: Dictionary[String, EditorToaster.Severity] = {
	"warning": EditorToaster.SEVERITY_WARNING,
	"error": EditorToaster.SEVERITY_ERROR,
}

var _link: HubLink
var _level := ""

@onready var _mark: TextureRect = %Mark
@onready var _state: Label = %State
@onready var _cure: Label = %Cure
@onready var _retry: Button = %Retry
@onready var _settings: Button = %Profiles
@onready var _enter_key: Button = %EnterKey
@onready var _doctor: Button = %AskDoctor
@onready var _sync: Button = %SyncProject


func setup(link: HubLink, imports: EmoteImports) -> void:
	_link = link
	(%ProfileDialog as ProfileDialog).setup(link)
	(%SyncCure as SyncCure).setup(link)
	imports.failed.connect(_on_failed)
	imports.finished.connect(_on_imported)


func _ready() -> void:
	_retry.pressed.connect(_link.retry)
	_link.state_changed.connect(_refresh)
	_link.changed.connect(_on_changed)
	_link.noticed.connect(_on_noticed)
	_refresh()


## The row is as high without the button.
func _keep_height() -> void:
	(%Line as Control).custom_minimum_size.y = (%Retry as Button).get_combined_minimum_size().y


func _on_changed(part: StringName) -> void:
	if part == &"connection" or part == &"targets":
		_refresh()


func _refresh() -> void:
	if not is_node_ready():  # the theme comes first
		return
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
		var notice := Words.translated("res://emotes follows your library from now on.")
		_on_noticed("good", notice, Words.translated("New emotes are added automatically."))


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
	var notice := Words.translated("Imported %d emotes.") % paths.size()
	if paths.size() == 1:
		notice = Words.translated("Imported %s.") % paths[0].get_file()
	_on_noticed("info", notice, "")

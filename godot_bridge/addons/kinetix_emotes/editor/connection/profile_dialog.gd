@tool
extends AcceptDialog
## Capture service and its key, which the hub stores in the system's keyring, never in the project.

const HubLink := preload("../hub/hub_link.gd")
const Types := preload("../hub/hub_types.gd")
const Look := preload("../look.gd")
const Words := preload("../words.gd")
const REMOVAL := "Remove the key of %s from this machine? No emotes are made there until there is another."
## A profile's kind in the hub protocol → what it is called here.
const KINDS: Dictionary[String, String] = {
	"local": "This machine",
	"cloud": "Kinetix Cloud",
	"staging": "Kinetix Staging",
	"custom": "Own address",
}
## Texts by the source of a key.
const SOURCES: Dictionary[String, String] = {
	"": "No key yet. Paste your key.",
	"environment": "The key comes from KINETIX_API_KEY in the environment and is changed there.",
	"keyring": "A key is stored in the system's keyring. A new key replaces it.",
	"file": "A key is stored in a file that only you can read. A new key replaces it.",
	"service": "No key and no network are needed.",
}

var _link: HubLink
var _profiles: Array[Types.Profile] = []
var _is_busy := false

@onready var _where: OptionButton = %Where
@onready var _source: Label = %KeySource
@onready var _entry: HBoxContainer = %Entry
@onready var _key: LineEdit = %Key
@onready var _save: Button = %SaveKey
@onready var _remove: Button = %RemoveKey
@onready var _mark: TextureRect = %Mark
@onready var _result: Label = %KeyResult
@onready var _long: CheckBox = %LongClips
@onready var _short: CheckBox = %ShortClips
@onready var _question: ConfirmationDialog = %RemoveKeyQuestion


func setup(link: HubLink) -> void:
	_link = link


func _ready() -> void:
	for label: Label in [_source, _result]:  # one that breaks its lines asks for its height before it is given a width
		label.size.x = (label.get_parent() as Control).custom_minimum_size.x
	# A key that was not saved is discarded.
	visibility_changed.connect(_key.clear)
	_link.connection_changed.connect(_on_connection_changed)


func open() -> void:
	_profiles.clear()
	_refresh()
	popup_centered()
	if _take(await _link.request(HTTPClient.METHOD_GET, "/v1/profiles")) and _entry.visible:
		_key.grab_focus()


## Return the active profile; one without a name until the hub has answered.
func _active() -> Types.Profile:
	for profile: Types.Profile in _profiles:
		if profile.active:
			return profile
	return Types.Profile.new({})


static func _title_of(profile: Types.Profile) -> String:
	var title := Words.translated(KINDS.get(profile.kind, profile.name))
	return title if profile.name == profile.kind else "%s (%s)" % [title, profile.name]


func _refresh() -> void:
	var active := _active()
	var is_known := not active.name.is_empty()
	var takes_key := is_known and active.key_source not in ["service", "environment"]
	_where.disabled = _is_busy or not is_known
	Look.say(_source, Words.translated(SOURCES.get(active.key_source, "")) if is_known else "")
	_entry.visible = takes_key
	_key.editable = not _is_busy
	_save.disabled = _is_busy or _key.text.strip_edges().is_empty()
	_remove.visible = takes_key and active.has_key
	_remove.disabled = _is_busy
	for switch: CheckBox in [_long, _short]:
		switch.visible = active.kind == "local"
		switch.disabled = _is_busy
	_long.set_pressed_no_signal(_link.connection.max_seconds >= Types.LONGEST_CLIP_S)
	_short.set_pressed_no_signal(_link.connection.min_seconds <= Types.SHORTEST_CLIP_S)
	reset_size()


## Show the profiles of an answer, or its error. Return whether it was no error.
func _take(answer: HubLink.Answer) -> bool:
	if answer.error:
		_say("error", answer.error.title, answer.error.next_step)
		return false
	_profiles = Types.ProfileList.new(answer.json).profiles
	_where.clear()
	for profile: Types.Profile in _profiles:
		_where.add_item(_title_of(profile))
		if profile.active:
			_where.select(_where.item_count - 1)
	_show_connection(_link.connection)
	return true


## Send a change of the profiles; on an error the choice returns to the active profile.
func _send(method: HTTPClient.Method, path: String, body: Dictionary = {}) -> bool:
	_is_busy = true
	_say("info", Words.translated("Checking …"))
	var answer := await _link.request(method, path, body)
	var is_done := _take(answer)
	if is_done and _active().kind != "local":
		# The hub tries by itself, too; on request it reports the end, also if nothing is new.
		var found := await _link.request(HTTPClient.METHOD_POST, "/v1/connection/check")
		if not found.error:
			_show_connection(Types.Connection.new(found.json))
	_is_busy = false
	_where.select(_profiles.find_custom(func(each: Types.Profile) -> bool: return each.active))
	_refresh()
	return is_done


func _path(profile: Types.Profile, action: String) -> String:
	return "/v1/profiles/%s/%s" % [profile.name.uri_encode(), action]


func _on_chosen(index: int) -> void:
	if _is_busy:
		return
	_key.clear()
	await _send(HTTPClient.METHOD_POST, _path(_profiles[index], "activate"))


func _on_saved() -> void:
	var key := _key.text.strip_edges()
	if _is_busy or key.is_empty():
		return
	if await _send(HTTPClient.METHOD_PUT, _path(_active(), "key"), {"key": key}):
		_key.clear()
		_refresh()


func _on_long(is_long: bool) -> void:
	_change_length({"maxSeconds": Types.LONGEST_CLIP_S if is_long else Types.MAX_CLIP_S})


func _on_short(is_short: bool) -> void:
	_change_length({"minSeconds": Types.SHORTEST_CLIP_S if is_short else Types.MIN_CLIP_S})


func _change_length(change: Dictionary) -> void:
	_is_busy = true
	_refresh()
	var answer := await _link.set_clip_length(change)
	_is_busy = false
	if answer.error:
		_say("error", answer.error.title, answer.error.next_step)
	_refresh()


func _ask() -> void:
	_question.dialog_text = Words.translated(REMOVAL) % _title_of(_active())
	_question.popup_centered()


func _on_removed() -> void:
	await _send(HTTPClient.METHOD_DELETE, _path(_active(), "key"))


func _on_connection_changed() -> void:
	if visible and not _is_busy:
		_show_connection(_link.connection)


func _show_connection(service: Types.Connection) -> void:
	var active := _active()
	if active.name != service.profile:
		_say("info", Words.translated("Checking …"))
	elif service.state == "ready":
		var ready := Words.translated("%s is ready.") % _title_of(active)
		_say("good", ready if service.message.is_empty() else service.message)
	elif service.state == "noKey":
		_say("info", "")  # the line above the field says it
	else:
		var level := "info" if service.state == "starting" else "error"
		_say(level, service.message, service.next_step)


func _say(level: String, what: String, next_step := "") -> void:
	Look.say(_result, Look.advice(what, next_step))
	Look.show_level(_mark, _result, level)
	_mark.visible = _result.visible
	_refresh()

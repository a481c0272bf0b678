@tool
extends VBoxContainer
## Makes an emote from a clip, or shows a phone where to send one.

const HubLink := preload("hub_link.gd")
const Look := preload("look.gd")

var _link: HubLink
var _clip: LineEdit
var _name: LineEdit
var _loops: CheckBox
var _create: Button
var _phone: Button
var _problem: Label
var _dialog: EditorFileDialog


## Builds the view.
func setup(link: HubLink) -> void:
	_link = link
	var row := HBoxContainer.new()
	add_child(row)
	_clip = LineEdit.new()
	_clip.name = "Clip"
	_clip.placeholder_text = "Video of one person, 1 to 10 s"
	_clip.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	_clip.text_changed.connect(func(_text: String) -> void: _refresh())
	row.add_child(_clip)
	var browse := Button.new()
	browse.name = "Browse"
	Look.icon(browse, &"Folder")
	browse.tooltip_text = "Choose a video file"
	browse.pressed.connect(_on_browse)
	row.add_child(browse)
	_name = LineEdit.new()
	_name.name = "EmoteName"
	_name.placeholder_text = "Name (the file's name if empty)"
	add_child(_name)
	var buttons := HBoxContainer.new()
	add_child(buttons)
	_loops = CheckBox.new()
	_loops.name = "Loops"
	_loops.text = "Loop"
	_loops.tooltip_text = "The emote begins again at its end."
	buttons.add_child(_loops)
	_create = Button.new()
	_create.name = "CreateFromClip"
	_create.text = "Create emote"
	_create.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	Look.icon(_create, &"Add")
	_create.pressed.connect(_on_create)
	buttons.add_child(_create)
	_phone = Button.new()
	_phone.name = "CreateByPhone"
	_phone.text = "By phone"
	_phone.tooltip_text = "Shows a QR code; film with the phone and it comes here by itself."
	_phone.pressed.connect(_on_phone)
	buttons.add_child(_phone)
	_problem = Look.text("Problem")
	add_child(_problem)
	add_child(HSeparator.new())
	link.state_changed.connect(_refresh)
	_refresh()


func _exit_tree() -> void:
	if _dialog:
		_dialog.queue_free()
		_dialog = null


func _refresh() -> void:
	_create.disabled = not _link.is_up() or _clip.text.strip_edges().is_empty()
	_phone.disabled = not _link.is_up()


func _on_browse() -> void:
	if not _dialog:
		_dialog = EditorFileDialog.new()
		_dialog.access = EditorFileDialog.ACCESS_FILESYSTEM
		_dialog.file_mode = EditorFileDialog.FILE_MODE_OPEN_FILE
		_dialog.add_filter("*.mp4,*.mov,*.webm,*.mkv,*.avi,*.m4v", "Video")
		_dialog.file_selected.connect(_on_file_selected)
		EditorInterface.get_base_control().add_child(_dialog)
	_dialog.popup_centered_ratio(0.6)


func _on_file_selected(path: String) -> void:
	_clip.text = path
	_refresh()


func _on_create() -> void:
	var clip := _clip.text.strip_edges()
	var name := _name.text.strip_edges()
	var body := {
		"clip": clip,
		"name": name if not name.is_empty() else clip.get_file().get_basename(),
		"loop": _loops.button_pressed,
	}
	await _send("/v1/jobs", body)


func _on_phone() -> void:
	var name := _name.text.strip_edges()
	await _send("/v1/jobs/phone", {"name": name if not name.is_empty() else "Emote"})


func _send(path: String, body: Dictionary) -> void:
	_create.disabled = true
	_phone.disabled = true
	var answer := await _link.request(HTTPClient.METHOD_POST, path, body)
	Look.say(_problem, "")
	if answer.get("error") is Dictionary:
		var error: Dictionary = answer["error"]
		Look.say(_problem, "%s → %s" % [error.get("title"), error.get("nextStep", "")])
	else:
		_clip.text = ""
		_name.text = ""
	_refresh()

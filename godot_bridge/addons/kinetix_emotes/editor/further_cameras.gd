@tool
extends VBoxContainer
## Further clips of the same take, filmed at once from other sides: up to three beside the first one.

## A clip came or went.
signal changed

const Look := preload("look.gd")
const MOST := 3

var _rows: VBoxContainer
var _add: Button
var _dialog: EditorFileDialog


func _init() -> void:
	name = "FurtherCameras"
	_rows = VBoxContainer.new()
	_rows.name = "Cameras"
	add_child(_rows)
	_add = Button.new()
	_add.name = "AddCamera"
	_add.text = "Add a camera"
	_add.tooltip_text = (
		"A clip of the same take that another phone filmed at the same time, 30 to 120° aside. "
		+ "Two see what one has to guess."
	)
	_add.size_flags_horizontal = Control.SIZE_SHRINK_BEGIN
	Look.icon(_add, &"Camera3D")
	_add.pressed.connect(_on_add)
	add_child(_add)


func _exit_tree() -> void:
	if _dialog:
		_dialog.queue_free()
		_dialog = null


## Paths of the further clips, in the order in which they were added.
func paths() -> PackedStringArray:
	var found := PackedStringArray()
	for row: Node in _rows.get_children():
		found.append(str(row.get_meta(&"path")))
	return found


## Adds clips as further cameras; those beyond the third, and those that are there, are left out.
func add(clips: PackedStringArray) -> void:
	for clip: String in clips:
		if _rows.get_child_count() < MOST and clip not in paths():
			_rows.add_child(_row(clip))
	_on_changed()


## What is wrong with them, for a person; empty when nothing is.
func problem(first: String) -> String:
	for path: String in paths():
		if path == first:
			return "A camera has the first clip again. Choose the clip of the other phone."
		if not FileAccess.file_exists(path):
			return "%s is not there any more. Take this camera away." % path.get_file()
	return ""


## One camera again.
func reset() -> void:
	for row: Node in _rows.get_children():
		_remove(row)


func _row(clip: String) -> Control:
	var row := HBoxContainer.new()
	row.set_meta(&"path", clip)
	var label := Label.new()
	label.text = clip.get_file()
	label.tooltip_text = clip
	label.mouse_filter = Control.MOUSE_FILTER_PASS
	label.text_overrun_behavior = TextServer.OVERRUN_TRIM_ELLIPSIS
	label.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	row.add_child(label)
	var remove := Look.icon_button(&"Close", "Take this camera away")
	remove.pressed.connect(_remove.bind(row))
	row.add_child(remove)
	return row


func _remove(row: Node) -> void:
	_rows.remove_child(row)
	row.queue_free()
	_on_changed()


func _on_changed() -> void:
	_add.disabled = _rows.get_child_count() >= MOST
	changed.emit()


func _on_add() -> void:
	if not _dialog:
		_dialog = EditorFileDialog.new()
		_dialog.access = EditorFileDialog.ACCESS_FILESYSTEM
		_dialog.file_mode = EditorFileDialog.FILE_MODE_OPEN_FILES
		_dialog.add_filter("*.mp4,*.mov,*.webm,*.mkv,*.avi,*.m4v", "Video")
		_dialog.files_selected.connect(add)
		EditorInterface.get_base_control().add_child(_dialog)
	_dialog.popup_centered_ratio(0.6)

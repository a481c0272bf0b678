@tool
extends VBoxContainer
## Up to three further clips of the same take, filmed from other sides.

signal changed

const HubLink := preload("../hub/hub_link.gd")
const ClipRow := preload("clip_row.gd")
const VideoDialog := preload("video_dialog.gd")
const QuickLook := preload("quick_look.gd")
const Words := preload("../words.gd")
const MOST := 3

var link: HubLink

var _dialog: VideoDialog
## Clip → its problem.
var _against: Dictionary[String, String] = {}

@onready var _rows: VBoxContainer = $Cameras
@onready var _add: Button = $AddCamera


## Return the paths of the further clips in the order in which they were added.
func paths() -> PackedStringArray:
	var found := PackedStringArray()
	for row: ClipRow in _rows.get_children():
		found.append(row.path)
	return found


## Add clips as further cameras, without those beyond the third and those already added.
func add(clips: PackedStringArray) -> void:
	for clip: String in clips:
		if _rows.get_child_count() < MOST and clip not in paths():
			_rows.add_child(_row(clip))
			_look(clip)
	_on_changed()


func problem(first: String) -> String:
	for path: String in paths():
		if path == first:
			return Words.translated(
				"A camera has the first clip again. Choose the clip of the other phone."
			)
		if not FileAccess.file_exists(path):
			return Words.translated("%s is missing. Remove this camera.") % path.get_file()
		if not str(_against.get(path, "")).is_empty():
			return "%s: %s" % [path.get_file(), _against[path]]
	return ""


func reset() -> void:
	for row: Node in _rows.get_children():
		_remove(row)


## Check a clip. Only its common seconds are used, so it is never too long.
func _look(clip: String) -> void:
	_against.erase(clip)
	var look := QuickLook.new()
	if not await look.ask(link, {"clip": clip}) or look.reason == QuickLook.TOO_LONG:
		return
	_against[clip] = look.words
	_on_changed()


func _row(clip: String) -> ClipRow:
	var row := ClipRow.new(clip, Words.translated("Remove this camera"))
	row.removed.connect(_remove.bind(row))
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
		_dialog = VideoDialog.new()
		_dialog.chosen.connect(add)
		add_child(_dialog)
	_dialog.open()

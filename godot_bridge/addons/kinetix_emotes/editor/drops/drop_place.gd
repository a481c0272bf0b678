@tool
extends PanelContainer
## Drop target for the file of one emote.

signal dropped(path: String)

const Look := preload("../look.gd")
const Words := preload("../words.gd")


func _init() -> void:
	name = "EmoteDrop"
	auto_translate_mode = Node.AUTO_TRANSLATE_MODE_DISABLED
	tooltip_text = Words.translated("Adds the emote, so that the scene plays it. It can be undone.")
	var words := Look.hint("Words", Words.translated("Drop an emote here"))
	words.mouse_filter = Control.MOUSE_FILTER_IGNORE
	add_child(words)


func _can_drop_data(_at: Vector2, data: Variant) -> bool:
	return not emote_in(data).is_empty()


func _drop_data(_at: Vector2, data: Variant) -> void:
	dropped.emit(emote_in(data))


## Return the dragged file if it is a single animation library, else an empty string.
static func emote_in(data: Variant) -> String:
	if not data is Dictionary or (data as Dictionary).get("type") != "files":
		return ""
	var files: PackedStringArray = (data as Dictionary)["files"]
	if files.size() != 1:
		return ""
	var kind := EditorInterface.get_resource_filesystem().get_file_type(files[0])
	return files[0] if kind == "AnimationLibrary" else ""

@tool
extends VBoxContainer
## One emote in this project: its file, its import options, and the button that adds it to an AnimationPlayer.

const HubLink := preload("../hub/hub_link.gd")
const EmoteImports := preload("../project/emote_imports.gd")
const ProjectFiles := preload("../project/project_files.gd")
const Versions := preload("versions.gd")
const PostImport := preload("../project/post_import.gd")
const Adder := preload("../project/animation_adder.gd")
const Look := preload("../look.gd")
const Words := preload("../words.gd")

var _link: HubLink
var _imports: EmoteImports
var _undo: EditorUndoRedoManager
var _id := ""

@onready var _file: Label = $File
@onready var _loop: OptionButton = $Options/LoopSetting
@onready var _in_place: CheckBox = $Options/InPlace
@onready var _add: Button = $AddToPlayer


func setup(link: HubLink, imports: EmoteImports, undo: EditorUndoRedoManager) -> void:
	_link = link
	_imports = imports
	_undo = undo


func _ready() -> void:
	_link.changed.connect(_on_changed)
	_imports.imported.connect(func(_paths: PackedStringArray) -> void: _refresh())
	_refresh()


func _on_loop_selected(choice: int) -> void:
	_set_option(PostImport.LOOP, choice)


func _on_in_place_toggled(is_on: bool) -> void:
	_set_option(PostImport.IN_PLACE, is_on)


func _on_add() -> void:
	add_to_player(_id)


## Shows the emote with this id; an empty one is none.
func show_emote(id: String) -> void:
	_id = id
	_refresh()


func _on_changed(part: StringName) -> void:
	if part == &"targets":
		_refresh()


## Project path of an emote, or an empty string when it, or this version of it, is not in this project.
func project_file(id: String) -> String:
	if id.begins_with("res://"):
		return id if FileAccess.file_exists(id) else ""
	if id.is_empty() or not Versions.is_current(_link.emotes, id):
		return ""
	return ProjectFiles.find(Versions.first(_link.emotes, id), _link.folders())


## Adds an emote of the project to the AnimationPlayer that is selected in the scene, and says what came of it.
func add_to_player(id: String) -> void:
	var path := project_file(id)
	Adder.notify(_link, path, Adder.add(path, _undo))


## Returns the emote's path in the project, marked if the file was edited there.
func _describe(path: String) -> String:
	if path.is_empty():
		if not Versions.is_current(_link.emotes, _id):
			return Words.translated("A former version. A right click makes it the current one.")
		return Words.translated("Not in this project; the library's is shown.")
	var emote := _link.emote(_id)
	var is_changed := not emote.sha256.is_empty() and FileAccess.get_sha256(path) != emote.sha256
	return Words.translated("%s (changed in this project)") % path if is_changed else path


func _refresh() -> void:
	var path := project_file(_id)
	visible = not _id.is_empty()
	Look.say(_file, _describe(path) if visible else "")
	for control: Control in [_loop, _in_place, _add] as Array[Control]:
		control.set("disabled", path.is_empty())
	if not path.is_empty():
		var loop: int = ProjectFiles.option(path, PostImport.LOOP, 0)
		_loop.select(clampi(loop, 0, _loop.item_count - 1))
		var is_in_place: bool = ProjectFiles.option(path, PostImport.IN_PLACE, false)
		_in_place.set_pressed_no_signal(is_in_place)


func _set_option(key: String, value: Variant) -> void:
	var path := project_file(_id)
	if not path.is_empty():
		_imports.change_options(path, {key: value})

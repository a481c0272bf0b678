@tool
extends VBoxContainer
## An emote's file in this project, its import options, and the button that adds it to an AnimationPlayer.

const HubLink := preload("../hub/hub_link.gd")
const EmoteImports := preload("../project/emote_imports.gd")
const ProjectFiles := preload("../project/project_files.gd")
const PostImport := preload("../project/post_import.gd")
const Adder := preload("../project/animation_adder.gd")
const Look := preload("../look.gd")
const Words := preload("../words.gd")

var link: HubLink
var imports: EmoteImports

var _id := ""

@onready var _file: Label = $File
@onready var _loop: OptionButton = $Options/LoopSetting
@onready var _in_place: CheckBox = $Options/InPlace
@onready var _add: Button = $AddToPlayer


func _ready() -> void:
	link.targets_changed.connect(_refresh)
	imports.imported.connect(_refresh.unbind(1))
	_loop.item_selected.connect(_set_option.bind(PostImport.LOOP))
	_in_place.toggled.connect(_set_option.bind(PostImport.IN_PLACE))
	_refresh()


func _on_add() -> void:
	add_to_player(_id)


## Show the emote with this id, or none for an empty id.
func show_emote(id: String) -> void:
	_id = id
	_refresh()


## Return the project path of an emote; empty if this version of it is not in the project.
func project_file(id: String) -> String:
	if id.begins_with("res://"):
		return id if FileAccess.file_exists(id) else ""
	if id.is_empty() or not link.is_current(id):
		return ""
	return ProjectFiles.find_all(link.folders()).get(link.captured_id(id), "")


## Add an emote of the project to the selected AnimationPlayer and report the result.
func add_to_player(id: String) -> void:
	var path := project_file(id)
	Adder.notify(link, path, Adder.add(path))


## Returns the emote's path in the project, marked if the file was edited there.
func _describe(path: String) -> String:
	if path.is_empty():
		if not link.is_current(_id):
			return Words.translated("A former version. A right click makes it the current one.")
		return Words.translated("Not in this project; the library's is shown.")
	var emote := link.emote(_id)
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


## Set an import option from the control that holds it.
func _set_option(value: Variant, key: String) -> void:
	var path := project_file(_id)
	if not path.is_empty():
		imports.change_options(path, {key: value})

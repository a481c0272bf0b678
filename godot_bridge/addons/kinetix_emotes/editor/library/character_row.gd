@tool
extends HBoxContainer
## The figure of the preview: the mannequin or a character of the project, and its bone map.

## Another figure was chosen: the path of its scene, empty for the mannequin.
signal character_chosen(path: String)
## The chosen character got a bone map.
signal bones_mapped

const HubLink := preload("../hub/hub_link.gd")
const EmoteImports := preload("../project/emote_imports.gd")
const Characters := preload("../project/characters.gd")
const Words := preload("../words.gd")
const METADATA := "kinetix_emotes"

var link: HubLink
var imports: EmoteImports

var _characters := PackedStringArray()
var _dialog: EditorFileDialog

@onready var _choice: OptionButton = $Character
@onready var _map: Button = $MapBones


func _ready() -> void:
	var settings := EditorInterface.get_editor_settings()
	var last: String = settings.get_project_metadata(METADATA, "character", "")
	_fill(PackedStringArray([last]) if FileAccess.file_exists(last) else PackedStringArray(), last)


## List the characters when the menu opens: searching a large project takes time.
func _on_opened() -> void:
	_list(chosen())


## Choose a scene of the project, or the mannequin for an empty path.
func use(path: String) -> void:
	var scenes := _own_scenes()
	_list(path)
	if not path.is_empty() and path not in _characters and path not in scenes:
		scenes.append(path)
		EditorInterface.get_editor_settings().set_project_metadata(METADATA, "characters", scenes)
		_list(path)


func listed() -> PackedStringArray:
	return _characters


## The character that is chosen; empty for the mannequin.
func chosen() -> String:
	var item := _choice.selected - 1
	return _characters[item] if item >= 0 and item < _characters.size() else ""


## Scenes that somebody chose in this project before. Not every scene is a character, so they are not searched for.
static func _own_scenes() -> PackedStringArray:
	var settings := EditorInterface.get_editor_settings()
	var scenes: Variant = settings.get_project_metadata(METADATA, "characters", PackedStringArray())
	var found := PackedStringArray()
	for path: String in PackedStringArray(scenes as PackedStringArray):
		if FileAccess.file_exists(path):
			found.append(path)
	return found


func _list(wanted: String) -> void:
	var found := Characters.find_all(link.folders())
	for path: String in _own_scenes():
		if path not in found:
			found.append(path)
	var mannequin := found.find(Characters.MANNEQUIN)
	if mannequin >= 0:
		found.remove_at(mannequin)
	_fill(found, wanted)


func _fill(characters: PackedStringArray, wanted: String) -> void:
	_characters = characters
	_choice.clear()
	_choice.add_item(Words.translated("Mannequin"))
	for path: String in _characters:
		_choice.add_item(path.get_file())
		_choice.set_item_tooltip(_choice.item_count - 1, path)
	_choice.add_separator()
	_choice.add_item(Words.translated("Other scene…"))
	_show(_characters.find(wanted) + 1)


func _show(item: int) -> void:
	_choice.select(item)
	_map.visible = item > 0
	EditorInterface.get_editor_settings().set_project_metadata(METADATA, "character", chosen())
	character_chosen.emit(chosen())


func _on_selected(item: int) -> void:
	if item <= _characters.size():
		_show(item)
		return
	_show(0)
	if not _dialog:
		_dialog = EditorFileDialog.new()
		_dialog.file_mode = EditorFileDialog.FILE_MODE_OPEN_FILE
		_dialog.add_filter("*.tscn,*.scn", Words.translated("Scene with a character"))
		_dialog.file_selected.connect(use)
		_dialog.set_translation_domain(Words.EDITOR_DOMAIN)
		add_child(_dialog)
	_dialog.popup_centered_ratio(0.6)


func _on_map() -> void:
	var path := chosen()
	_map.disabled = true
	var problem := await Characters.map_bones(path, link, imports)
	_map.disabled = false
	if problem.is_empty():
		link.inform(Words.translated("%s has a bone map: every emote fits it.") % path.get_file())
		bones_mapped.emit()
	else:
		link.noticed.emit(
			"error", Words.translated("No bone map for %s.") % path.get_file(), problem
		)

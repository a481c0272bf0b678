@tool
extends VBoxContainer
## The library with thumbnails and search, the preview, and what can be done with one emote here.

const HubLink := preload("hub_link.gd")
const EmoteImports := preload("emote_imports.gd")
const Preview := preload("preview.gd")
const ProjectFiles := preload("project_files.gd")
const PostImport := preload("post_import.gd")
const Adder := preload("animation_adder.gd")
const Characters := preload("characters.gd")
const ICON_SIZE := 56
const METADATA := "kinetix_emotes"

## The preview below the list.
var preview: Preview

var _link: HubLink
var _imports: EmoteImports
var _undo: EditorUndoRedoManager
var _search: LineEdit
var _list: ItemList
var _ids := PackedStringArray()
var _thumbnails: Dictionary[String, Texture2D] = {}
var _loop: OptionButton
var _in_place: CheckBox
var _add: Button
var _file: Label
var _character: OptionButton
var _map: Button
var _characters := PackedStringArray()
var _is_due := false
var _are_characters_due := true
var _dialog: EditorFileDialog


## Builds the view.
func setup(link: HubLink, imports: EmoteImports, undo: EditorUndoRedoManager) -> void:
	_link = link
	_imports = imports
	_undo = undo
	_search = LineEdit.new()
	_search.name = "Search"
	_search.placeholder_text = "Search emotes"
	_search.clear_button_enabled = true
	_search.text_changed.connect(func(_text: String) -> void: _refresh())
	add_child(_search)
	_list = ItemList.new()
	_list.name = "Emotes"
	_list.size_flags_vertical = Control.SIZE_EXPAND_FILL
	_list.custom_minimum_size = Vector2(0, 120)
	_list.max_columns = 0
	_list.icon_mode = ItemList.ICON_MODE_TOP
	_list.fixed_column_width = 84
	_list.fixed_icon_size = Vector2i(ICON_SIZE, ICON_SIZE)
	_list.item_selected.connect(_on_selected)
	add_child(_list)
	preview = Preview.new()
	add_child(preview)
	_build_character_row()
	_build_settings()
	link.changed.connect(_on_changed)
	imports.imported.connect(func(_paths: PackedStringArray) -> void: _refresh_settings())
	_refresh()


## Shows a file that is not in the library yet, for the decision about it.
func show_file(path: String) -> bool:
	_list.deselect_all()
	return preview.show_file(path)


## The names that are listed now.
func shown_names() -> PackedStringArray:
	var names := PackedStringArray()
	for item: int in _list.item_count:
		names.append(_list.get_item_text(item))
	return names


## Selects an emote by its id and previews it.
func select(id: String) -> void:
	var item := _ids.find(id)
	if item >= 0:
		_list.select(item)
		_on_selected(item)


func _process(_delta: float) -> void:
	if _is_due:
		_is_due = false
		_refresh()
	if _are_characters_due and is_visible_in_tree():
		_are_characters_due = false
		_list_characters(_character_path())


func _on_changed(part: StringName) -> void:
	if part == &"emotes":
		_is_due = true
	elif part == &"targets":
		_refresh_settings()


func _refresh() -> void:
	var was := _selected_id()
	var wanted := _search.text.strip_edges().to_lower()
	var rows: Array[Dictionary] = []
	for emote: Dictionary in _link.emotes.values():
		if wanted.is_empty() or wanted in str(emote.get("name", "")).to_lower():
			rows.append(emote)
	rows.sort_custom(
		func(a: Dictionary, b: Dictionary) -> bool:
			return str(a.get("name")).naturalnocasecmp_to(str(b.get("name"))) < 0
	)
	_list.clear()
	_ids.clear()
	for emote: Dictionary in rows:
		var item := _list.add_item(str(emote.get("name", "")), _thumbnail(emote))
		_list.set_item_tooltip(item, _describe(emote))
		_ids.append(str(emote.get("id")))
	var again := _ids.find(was)
	if again >= 0:
		_list.select(again)
	_refresh_settings()


static func _describe(emote: Dictionary) -> String:
	var text := "%s, %.1f s" % [emote.get("name", ""), float(str(emote.get("durationS", 0.0)))]
	if emote.get("problem") is Dictionary:
		var problem: Dictionary = emote["problem"]
		text += "\n%s → %s" % [problem.get("title"), problem.get("nextStep", "")]
	return text


func _thumbnail(emote: Dictionary) -> Texture2D:
	var files: Dictionary = emote.get("files", {})
	var path := str(files.get("thumbnail", ""))
	if path.is_empty():
		return null
	var key := path + str(emote.get("sha256", ""))
	if not _thumbnails.has(key):
		var image := Image.new()
		var is_read := image.load(path) == OK if FileAccess.file_exists(path) else false
		if not is_read:
			return null
		image.resize(ICON_SIZE, ICON_SIZE)
		_thumbnails[key] = ImageTexture.create_from_image(image)
	return _thumbnails[key]


func _selected_id() -> String:
	var items := _list.get_selected_items()
	return _ids[items[0]] if not items.is_empty() else ""


func _on_selected(item: int) -> void:
	var emote: Dictionary = _link.emotes.get(_ids[item], {})
	var files: Dictionary = emote.get("files", {})
	preview.show_file(str(files.get("glb", "")))
	_refresh_settings()


# ---- the emote in this project


func _build_settings() -> void:
	_file = Label.new()
	_file.name = "File"
	_file.clip_text = true
	add_child(_file)
	var row := HBoxContainer.new()
	add_child(row)
	_loop = OptionButton.new()
	_loop.name = "LoopSetting"
	for text: String in ["Loop as filmed", "No loop", "Loop", "Ping-pong"]:
		_loop.add_item(text)
	_loop.item_selected.connect(func(choice: int) -> void: _set_option(PostImport.LOOP, choice))
	row.add_child(_loop)
	_in_place = CheckBox.new()
	_in_place.name = "InPlace"
	_in_place.text = "In place"
	_in_place.toggled.connect(func(on: bool) -> void: _set_option(PostImport.IN_PLACE, on))
	row.add_child(_in_place)
	_add = Button.new()
	_add.name = "AddToPlayer"
	_add.text = "Add to AnimationPlayer"
	_add.tooltip_text = "Adds the emote to the AnimationPlayer that is selected in the scene."
	_add.pressed.connect(_on_add)
	row.add_child(_add)
	_refresh_settings()


func _folders() -> PackedStringArray:
	var folders := PackedStringArray()
	for target: Dictionary in _link.own_targets():
		folders.append(str(target.get("folder", "emotes")))
	return folders


func _project_file() -> String:
	var id := _selected_id()
	return ProjectFiles.find(id, _folders()) if not id.is_empty() else ""


func _refresh_settings() -> void:
	var path := _project_file()
	_file.text = path
	for control: Control in [_loop, _in_place, _add] as Array[Control]:
		control.set("disabled", path.is_empty())
	if not path.is_empty():
		_loop.select(int(str(ProjectFiles.option(path, PostImport.LOOP, 0))))
		_in_place.set_pressed_no_signal(bool(ProjectFiles.option(path, PostImport.IN_PLACE, false)))


func _set_option(key: String, value: Variant) -> void:
	var path := _project_file()
	if not path.is_empty():
		_imports.change_options(path, {key: value})


func _on_add() -> void:
	var problem := Adder.add(_project_file(), _undo)
	if problem.is_empty():
		_link.noticed.emit("info", "Added to the AnimationPlayer.", "")
	else:
		_link.noticed.emit("warning", "Not added.", problem)


# ---- the figure


func _build_character_row() -> void:
	var row := HBoxContainer.new()
	add_child(row)
	_character = OptionButton.new()
	_character.name = "Character"
	_character.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	_character.clip_text = true
	_character.tooltip_text = "The figure that the preview shows."
	_character.item_selected.connect(_on_character_selected)
	row.add_child(_character)
	_map = Button.new()
	_map.name = "MapBones"
	_map.text = "Map bones"
	_map.tooltip_text = "Makes a BoneMap for this character, so that every emote fits it."
	_map.disabled = true
	_map.pressed.connect(_on_map)
	row.add_child(_map)
	_character.add_item("Mannequin")
	EditorInterface.get_resource_filesystem().filesystem_changed.connect(_on_files_changed)


func _exit_tree() -> void:
	var files := EditorInterface.get_resource_filesystem()
	if files and files.filesystem_changed.is_connected(_on_files_changed):
		files.filesystem_changed.disconnect(_on_files_changed)
	if _dialog:
		_dialog.queue_free()
		_dialog = null


## The signal comes within every import, which would otherwise wait for the look through the project.
func _on_files_changed() -> void:
	_are_characters_due = true


## Shows emotes on a scene of the project from now on; empty goes back to the mannequin.
func use_character(path: String) -> void:
	var scenes := _own_scenes()
	if not path.is_empty() and path not in _characters and path not in scenes:
		scenes.append(path)
		EditorInterface.get_editor_settings().set_project_metadata(METADATA, "characters", scenes)
	_list_characters(path)


## Scenes that somebody chose in this project before. Not every scene is a character, so they are not searched for.
static func _own_scenes() -> PackedStringArray:
	var settings := EditorInterface.get_editor_settings()
	var scenes: Variant = settings.get_project_metadata(METADATA, "characters", PackedStringArray())
	var found := PackedStringArray()
	for path: String in PackedStringArray(scenes as PackedStringArray):
		if FileAccess.file_exists(path):
			found.append(path)
	return found


func _list_characters(wanted: String) -> void:
	_characters = Characters.find_all(_folders())
	for path: String in _own_scenes():
		if path not in _characters:
			_characters.append(path)
	_character.clear()
	_character.add_item("Mannequin")
	for path: String in _characters:
		_character.add_item(path.get_file())
	_character.add_item("Other scene…")
	_show_character(_characters.find(wanted) + 1)


## The character that is chosen; empty for the mannequin.
func _character_path() -> String:
	var item := _character.selected - 1
	return _characters[item] if item >= 0 and item < _characters.size() else ""


func _show_character(item: int) -> void:
	_character.select(item)
	_map.disabled = item == 0
	preview.set_character(_character_path())


func _on_character_selected(item: int) -> void:
	if item <= _characters.size():
		_show_character(item)
		return
	_show_character(0)
	if not _dialog:
		_dialog = EditorFileDialog.new()
		_dialog.file_mode = EditorFileDialog.FILE_MODE_OPEN_FILE
		_dialog.add_filter("*.tscn,*.scn", "Scene with a character")
		_dialog.file_selected.connect(use_character)
		EditorInterface.get_base_control().add_child(_dialog)
	_dialog.popup_centered_ratio(0.6)


func _on_map() -> void:
	var path := _character_path()
	_map.disabled = true
	var problem := await Characters.map_bones(path, _link, _imports)
	_map.disabled = false
	if problem.is_empty():
		_link.noticed.emit("info", "%s has a bone map now." % path.get_file(), "")
		if not preview.shown_file.is_empty():
			preview.show_file(preview.shown_file)
	else:
		_link.noticed.emit("error", "No bone map for %s." % path.get_file(), problem)

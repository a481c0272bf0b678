@tool
extends VBoxContainer
## The library with thumbnails and search, the preview, and actions on one emote.

signal create_wanted

const HubLink := preload("../hub/hub_link.gd")
const EmoteImports := preload("../project/emote_imports.gd")
const Preview := preload("../preview/preview.gd")
const CharacterRow := preload("character_row.gd")
const EmoteMenu := preload("emote_menu.gd")
const EmoteSettings := preload("emote_settings.gd")
const GroupRow := preload("group_row.gd")
const TakeGroup := preload("../project/take_group.gd")
const CutRow := preload("cut_row.gd")
const ProjectFiles := preload("../project/project_files.gd")
const Thumbnails := preload("thumbnails.gd")
const ScriptDrop := preload("../drops/script_drop.gd")
const SceneDrop := preload("../drops/scene_drop.gd")
const Types := preload("../hub/hub_types.gd")
const Look := preload("../look.gd")
const Words := preload("../words.gd")

## Smallest width of a column, and space beside a name: pixels at the editor's scale 1.
const COLUMN := 200.0
const ROOM_BESIDE := 24.0
## Drawn over the picture of an emote that is not in the project.
const ABSENT := Color(1.0, 1.0, 1.0, 0.4)

var link: HubLink
var imports: EmoteImports

var _ids := PackedStringArray()
## Full names, before they are shortened to fit.
var _names := PackedStringArray()
var _thumbnails := Thumbnails.new()
var _unread := PackedStringArray()
var _is_due := false

@onready var preview: Preview = %Preview
@onready var character_row: CharacterRow = %CharacterRow
@onready var menu: EmoteMenu = %EmoteMenu
@onready var _search: LineEdit = %Search
@onready var _newest: Button = %NewestFirst
@onready var _list: ItemList = %Emotes
@onready var _hint: Label = %NoEmotes
@onready var _first: Button = %CreateFirst
@onready var _settings: EmoteSettings = %Settings
@onready var _group: GroupRow = %Group
@onready var _cut: CutRow = %Cut


func _ready() -> void:
	_search.theme_changed.connect(_show_search_icon)
	_show_search_icon()
	_list.set_drag_forwarding(_drag_data, Callable(), Callable())
	link.emotes_changed.connect(_refresh_soon)
	link.targets_changed.connect(_refresh_soon)
	imports.imported.connect(_refresh_soon.unbind(1))
	link.state_changed.connect(_show_hint)
	_first.pressed.connect(create_wanted.emit)
	_refresh()


func _show_search_icon() -> void:
	_search.right_icon = get_theme_icon(&"Search", Look.ICONS)


## Show a file that is not in the library.
func show_file(path: String) -> bool:
	_list.deselect_all()
	_show_details("")
	return preview.show_file(path)


## Return the drag data of the selected emote: its file and its name. Empty outside the project.
func dragged() -> Dictionary:
	var path := _settings.project_file(_selected_id())
	if path.is_empty():
		return {}
	var files := PackedStringArray([path])
	return {
		"type": "files",
		"files": files,
		"from": _list,
		ScriptDrop.NAME: path.get_file().get_basename()
	}


func select(id: String) -> void:
	var item := _ids.find(id)
	if item >= 0:
		_list.select(item)
		_on_selected(item)


func _process(_delta: float) -> void:
	if _is_due:
		_is_due = false
		_refresh()
	if not _unread.is_empty() and is_visible_in_tree():
		_read_thumbnails()


func _notification(what: int) -> void:
	if what == NOTIFICATION_DRAG_END:
		ScriptDrop.lift(get_tree())


func _refresh_soon() -> void:
	_is_due = true


func _refresh() -> void:
	var wanted := _search.text.strip_edges().to_lower()
	var rows: Array[Array] = []
	var keys := TakeGroup.sort_keys(link.emotes)
	for id: String in _all():
		var emote := link.emote(id)
		var name := emote.name
		if wanted.is_empty() or wanted in name.to_lower():
			rows.append(["%s\n%s" % [keys.get(id, name), name.to_lower()], name, emote])
	if _newest.button_pressed:
		rows.sort_custom(func(a: Array, b: Array) -> bool: return _made(a[2]) > _made(b[2]))
	else:
		rows.sort_custom(
			func(a: Array, b: Array) -> bool: return str(a[0]).naturalcasecmp_to(str(b[0])) < 0
		)
	var ids := PackedStringArray()
	for row: Array in rows:
		ids.append((row[2] as Types.Emote).id)
	if ids != _ids or _list.item_count != ids.size():
		_list_again(ids)
	_unread.clear()
	_names.clear()
	var together := Color(get_theme_color(&"accent_color", Look.EDITOR), 0.15)
	var plain := _list.get_theme_color(&"font_color")
	var wrong := Look.readable(
		get_theme_color(&"error_color", Look.EDITOR),
		plain,
		get_theme_color(&"base_color", Look.EDITOR)
	)
	var former := link.superseded()
	var here := ProjectFiles.find_all(link.folders())
	for item: int in rows.size():
		var emote: Types.Emote = rows[item][2]
		var has_problem := emote.problem != null
		var shown := (
			"! %s"
			if has_problem
			else Words.translated("%s (former)") if former.has(ids[item]) else "%s"
		)
		_names.append(shown % rows[item][1])
		var is_here := (
			ids[item].begins_with("res://")
			or (here.has(link.captured_id(ids[item])) and not former.has(ids[item]))
		)
		_list.set_item_custom_fg_color(
			item, wrong if has_problem else plain if is_here else Color(plain, 0.6)
		)
		_list.set_item_icon_modulate(item, Color.WHITE if is_here else ABSENT)
		_list.set_item_tooltip(item, _describe(emote, is_here))
		_list.set_item_custom_bg_color(
			item, Color.TRANSPARENT if emote.group.is_empty() else together
		)
		_list.set_item_icon(item, _thumbnails.find(emote))
		if _thumbnails.is_missing(emote):
			_unread.append(ids[item])
	_fit_names()
	_show_hint()


## Returns the time of creation in a form that sorts.
static func _made(emote: Types.Emote) -> String:
	if not emote.created_at.is_empty():
		return emote.created_at
	var time := FileAccess.get_modified_time(emote.files.get("glb", ""))
	return Time.get_datetime_string_from_unix_time(time)


func _fit_names() -> void:
	if not is_node_ready():
		return
	var scale := EditorInterface.get_editor_scale()
	var room := maxf(_list.size.x - ROOM_BESIDE * scale, 0.0)
	_list.fixed_column_width = int(room / maxi(1, int(room / (COLUMN * scale))))
	var width := _list.fixed_column_width - Thumbnails.SIZE - ROOM_BESIDE * scale
	var font := _list.get_theme_font(&"font")
	var size := _list.get_theme_font_size(&"font_size")
	for item: int in mini(_names.size(), _list.item_count):
		_list.set_item_text(item, Look.shortened(_names[item], width, font, size))


## Return the library's emotes by their ids and those of watched folders by their paths.
func _all() -> PackedStringArray:
	var found := PackedStringArray(link.emotes.keys())
	for target: Types.SyncTarget in link.own_targets():
		if target.source != "library":
			found.append_array(ProjectFiles.emotes_below("res://" + target.folder))
	return found


func _list_again(ids: PackedStringArray) -> void:
	var was := _selected_id()
	_list.clear()
	_ids = ids
	for id: String in ids:
		_list.add_item(id)
	var again := _ids.find(was)
	if again >= 0:
		_list.select(again)
	elif not was.is_empty():
		preview.clear()
	_show_details(_selected_id())


func _show_details(id: String) -> void:
	_settings.show_emote(id)
	_group.show_emote(id)
	_cut.show_emote(id)


func _show_hint() -> void:
	var words := ""
	var has_none := _ids.is_empty() and _search.text.strip_edges().is_empty()
	if not link.is_up() and has_none:
		words = Words.translated("Your emotes appear here as soon as Kinetix is connected.")
	elif has_none:
		words = Words.translated("No emotes yet.")
	elif _ids.is_empty():
		words = Words.translated("No matching emotes.")
	Look.say(_hint, words)
	_first.visible = link.is_up() and has_none


func _read_thumbnails() -> void:
	var until := Time.get_ticks_usec() + Thumbnails.BUDGET_US
	while not _unread.is_empty():  # at least one
		var id := _unread[0]
		_unread.remove_at(0)
		var emote := link.emote(id)
		_thumbnails.read(emote)
		_list.set_item_icon(_ids.find(id), _thumbnails.find(emote))
		if Time.get_ticks_usec() >= until:
			return


static func _describe(emote: Types.Emote, is_here: bool) -> String:
	var text := emote.name
	if not is_nan(emote.duration_s):
		text += ", %.1f s" % emote.duration_s
	if not is_here:
		text += "\n" + Words.translated("Not in this project")
	if emote.problem:
		text += "\n" + Look.advice(emote.problem.title, emote.problem.next_step)
	return text


func _selected_id() -> String:
	var items := _list.get_selected_items()
	return _ids[items[0]] if not items.is_empty() else ""


func _on_selected(item: int) -> void:
	var id := _ids[item]
	preview.show_people(_people_of(id))
	_show_details(id)


func _on_clicked(item: int, _at: Vector2, button: int) -> void:
	if button == MOUSE_BUTTON_RIGHT:
		menu.show_for(_ids[item])


## Return the people of an emote's take from left to right, or one alone if positions are unknown.
func _people_of(id: String) -> Array[Preview.Person]:
	var members := TakeGroup.of(link.emotes, id)
	if (
		members.size() < 2
		or members.any(func(member: TakeGroup) -> bool: return member.person == 0)
	):
		return [Preview.Person.new(_file_of(id))]
	var people: Array[Preview.Person] = []
	for member: TakeGroup in members:
		var file := _file_of(member.emote.id)
		people.append(Preview.Person.new(file, member.place, member.start))
	return people


## Return the project's file, else the library's.
func _file_of(id: String) -> String:
	var here := _settings.project_file(id)
	return link.emote(id).files.get("glb", "") if here.is_empty() else here


func _drag_data(_at: Vector2) -> Variant:
	var data := dragged()
	if data.is_empty():
		return null
	var shown := Label.new()
	shown.auto_translate_mode = Node.AUTO_TRANSLATE_MODE_DISABLED  # it hangs in the editor, and is a name
	shown.text = str(data[ScriptDrop.NAME])
	_list.set_drag_preview(shown)
	ScriptDrop.lay_over_scripts()
	SceneDrop.lay_over_scene(link)
	return data

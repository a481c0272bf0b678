@tool
extends PopupMenu
## Menu of an emote.

signal play_wanted(id: String)
## Add the emote, with all people of its clip, to the open scene.
signal use_wanted(id: String)

enum Item {
	PLAY,
	WATCH,
	USE_VERSION,
	USE,
	ADD,
	RENAME,
	SHOW_FILE,
	OPEN_IN_BLENDER,
	DELETE_HERE,
	BRING_BACK,
	DELETE
}

const HubLink := preload("../hub/hub_link.gd")
const Types := preload("../hub/hub_types.gd")
const ProjectFiles := preload("../project/project_files.gd")
const EmoteSettings := preload("emote_settings.gd")
const Look := preload("../look.gd")
const Words := preload("../words.gd")

const WORDS: Dictionary[Item, String] = {
	Item.PLAY: "Play",
	Item.WATCH: "Refine or compare with the clip…",
	Item.USE_VERSION: "Use this version",
	Item.USE: "Use in scene",
	Item.ADD: "Add to AnimationPlayer",
	Item.RENAME: "Rename…",
	Item.SHOW_FILE: "Show in file manager",
	Item.OPEN_IN_BLENDER: "Open in Blender",
	Item.DELETE_HERE: "Delete in this project",
	Item.BRING_BACK: "Restore",
	Item.DELETE: "Delete from the library…",
}
const ICONS: Dictionary[Item, StringName] = {
	Item.PLAY: &"Play",
	Item.WATCH: &"ExternalLink",
	Item.USE_VERSION: &"Reload",
	Item.USE: &"PackedScene",
	Item.ADD: &"AnimationPlayer",
	Item.RENAME: &"Rename",
	Item.SHOW_FILE: &"Filesystem",
	Item.OPEN_IN_BLENDER: &"ExternalLink",
	Item.DELETE_HERE: &"Remove",
	Item.BRING_BACK: &"Reload",
	Item.DELETE: &"Remove",
}
const DELETION := (
	"Move “%s” into the library's bin? Projects that follow the library lose it too.\n"
	+ "For 30 days it can be brought back by the bin beside the search."
)
const USED := "These scenes use “%s” and lose it:\n%s\nDelete it anyway?"
const LINKED := "%s stays: a link leads there, and other projects may use the file."
const DELETE_LINKED := "To delete it, right-click, choose “%s” and delete it there."
const BLENDER_SETTING := "filesystem/import/blender/blender_path"

## Called with an address to open it.
var browse := func(url: String) -> void: OS.shell_open(url)

var link: HubLink

var _id := ""
var _delete := Callable()

@onready var _name_dialog: ConfirmationDialog = $NameDialog
@onready var _name: LineEdit = $NameDialog/NewName
@onready var _delete_dialog: ConfirmationDialog = $DeleteDialog
@onready var _settings: EmoteSettings = %Settings


func _ready() -> void:
	_name_dialog.register_text_enter(_name)


func show_for(id: String) -> void:
	fill(id)
	position = DisplayServer.mouse_get_position()
	reset_size()
	popup()


func fill(id: String) -> void:
	_id = id
	clear()
	var is_here := not _project_file().is_empty()
	var items: Array[Item] = [Item.PLAY]
	var is_of_library := link.emotes.has(id)
	if is_of_library and link.connection.kind == "local":
		items.append(Item.WATCH)
	var is_former := not link.is_current(id)
	if is_former:
		items.append(Item.USE_VERSION)
	if is_here:
		items.append_array([Item.USE, Item.ADD] as Array[Item])
	if is_of_library:
		items.append(Item.RENAME)
	items.append(Item.SHOW_FILE)
	if not _blender().is_empty():
		items.append(Item.OPEN_IN_BLENDER)
	if is_here:
		items.append(Item.DELETE_HERE)
	elif not is_former and not _deleted_here().is_empty():
		items.append(Item.BRING_BACK)
	if is_of_library:
		items.append(Item.DELETE)
	for item: Item in items:
		if item == Item.DELETE:
			add_separator()
		var icon := get_theme_icon(ICONS[item], Look.ICONS)
		add_icon_item(icon, Words.translated(WORDS[item]), item)


func choose(item: Item) -> void:
	match item:
		Item.PLAY:
			play_wanted.emit(_id)
		Item.WATCH:
			_watch()
		Item.USE_VERSION:
			_use_version()
		Item.USE:
			use_wanted.emit(_id)
		Item.ADD:
			_settings.add_to_player(_id)
		Item.RENAME:
			_name.text = _emote_name()
			_name_dialog.popup_centered()
			_name.select_all()
			_name.grab_focus()
		Item.SHOW_FILE:
			var here := ProjectSettings.globalize_path(_project_file())
			OS.shell_show_in_file_manager(_library_file() if here.is_empty() else here)
		Item.OPEN_IN_BLENDER:
			# JSON quotes the path as Python does.
			var path := JSON.stringify(_library_file())
			var command := "import bpy; bpy.ops.import_scene.gltf(filepath=%s)" % path
			OS.create_process(_blender(), ["--python-expr", command])
		Item.DELETE_HERE:
			_delete_here()
		Item.BRING_BACK:
			_bring_back()
		Item.DELETE:
			_ask(Words.translated(DELETION) % _emote_name(), _on_deleted)


func _ask(question: String, delete: Callable) -> void:
	_delete = delete
	_delete_dialog.dialog_text = question
	_delete_dialog.popup_centered()


func _on_delete_confirmed() -> void:
	_delete.call()


func _emote_name() -> String:
	return link.emote(_id).name


func _library_file() -> String:
	return link.emote(_id).files.get("glb", "")


func _project_file() -> String:
	return _settings.project_file(_id)


## Return target and file of this emote if it was deleted in the project, else an empty array.
func _deleted_here() -> PackedStringArray:
	for target: Types.SyncTarget in link.own_targets():
		for file: String in target.deleted:
			if file.get_file().get_basename() == _emote_name().validate_filename():
				return [target.id, file]
	return []


func _on_renamed() -> void:
	var wanted := _name.text.strip_edges()
	if not wanted.is_empty() and wanted != _emote_name():
		await link.send(HTTPClient.METHOD_PATCH, _path(), {"name": wanted})


func _on_deleted() -> void:
	var title := Words.translated("%s is in the library's bin.") % _emote_name()
	if await link.send(HTTPClient.METHOD_DELETE, _path()):
		var next_step := Words.translated("The bin beside the search brings it back.")
		link.noticed.emit("info", title, next_step)


## Move the project's file into the system's bin. The sync leaves it deleted.
func _delete_here() -> void:
	var path := _project_file()
	if path.is_empty():
		_notify_outdated(Words.translated("%s is no longer in this project."))
		return
	if ProjectFiles.leads_elsewhere(path):
		var next_step := Words.translated(DELETE_LINKED) % Words.translated(WORDS[Item.SHOW_FILE])
		link.noticed.emit("warning", Words.translated(LINKED) % path, next_step)
		return
	var users := ProjectFiles.users_of(path)
	if users.is_empty():
		_move_to_bin(path)
	else:
		_ask(Words.translated(USED) % [path.get_file(), "\n".join(users)], _move_to_bin.bind(path))


func _move_to_bin(path: String) -> void:
	var problem := ProjectFiles.move_to_bin(path)
	if not problem.is_empty():
		link.noticed.emit("error", Words.translated("%s could not be deleted.") % path, problem)
		return
	EditorInterface.get_resource_filesystem().scan()
	var title := Words.translated("%s is in the bin.") % path.get_file()
	link.noticed.emit("info", title, Words.translated("A right click brings it back."))


func _bring_back() -> void:
	var found := _deleted_here()
	if found.is_empty():
		_notify_outdated(Words.translated("%s is no longer deleted here."))
		return
	var path := "/v1/sync/targets/%s/resolve" % found[0].uri_encode()
	await link.send(HTTPClient.METHOD_POST, path, {"file": found[1], "choice": "restore"})


## Report a change by the sync while the menu was open.
func _notify_outdated(text: String) -> void:
	link.inform(text % _emote_name())


## Make this version the one that projects and games use.
func _use_version() -> void:
	if await link.send(HTTPClient.METHOD_POST, _path() + "/current"):
		link.inform(Words.translated("%s uses this version.") % _emote_name())


## Open the emote beside its clip on the library page of Kinetix Local.
func _watch() -> void:
	link.inform(Words.translated("The browser opens with %s beside its clip.") % _emote_name())
	var path := "/v1/library-page?emote=" + _id.uri_encode()
	var answer := await link.request(HTTPClient.METHOD_POST, path)
	if not link.report_error(answer):
		browse.call(Types.LibraryPage.new(answer.json).url)


func _path() -> String:
	return "/v1/emotes/" + _id.uri_encode()


## Return the path of Blender: the one of Godot's settings, else one in the usual places.
static func _blender() -> String:
	var settings := EditorInterface.get_editor_settings()
	var candidates := PackedStringArray()
	if settings.has_setting(BLENDER_SETTING):
		candidates.append(str(settings.get_setting(BLENDER_SETTING)))
	candidates.append_array(HubLink.Program.on_path("blender"))
	candidates.append("/Applications/Blender.app/Contents/MacOS/Blender")
	return HubLink.Program.first_file(candidates)

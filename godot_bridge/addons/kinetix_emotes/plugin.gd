@tool
extends EditorPlugin
## Adds the parts of the add-on to the editor and removes them.

const HubLink := preload("editor/hub/hub_link.gd")
const EmoteImports := preload("editor/project/emote_imports.gd")
const PostImport := preload("editor/project/post_import.gd")
## Not preloaded: it needs the classes of `runtime/`, see [constant CLASS].
const DOCK := "res://addons/kinetix_emotes/editor/dock.tscn"
## A class of `runtime/`. An open editor knows new classes after its next scan.
const CLASS := &"EmotePlayer"
const Removal := preload("editor/removal.gd")
const REMOVAL := preload("editor/removal.tscn")
const InspectorDrop := preload("editor/drops/inspector_drop.gd")
const Words := preload("editor/words.gd")
const META := &"kinetix_emotes"

var link: HubLink
var imports: EmoteImports
var dock: ScrollContainer

var _post_import: PostImport
var _removal: Removal
var _inspector_drop: InspectorDrop
var _slot: Object
var _is_new := false


func _enter_tree() -> void:
	_post_import = PostImport.new()
	add_scene_post_import_plugin(_post_import)
	# An export needs the import options only.
	var exports := ["--export-release", "--export-debug", "--export-pack"]
	if exports.any(OS.get_cmdline_args().has):
		return
	link = HubLink.new()
	link.name = "HubLink"
	add_child(link)
	imports = EmoteImports.new()
	imports.name = "EmoteImports"
	imports.link = link
	add_child(imports)
	_removal = REMOVAL.instantiate()
	_removal.link = link
	add_child(_removal)
	add_tool_menu_item(_removal.entry, _removal.ask)
	_inspector_drop = InspectorDrop.new()
	_inspector_drop.link = link
	add_inspector_plugin(_inspector_drop)
	Engine.set_meta(META, self)
	var files := EditorInterface.get_resource_filesystem()
	files.script_classes_updated.connect(_build_dock)
	files.resources_reimported.connect(_update_warnings)
	_build_dock()
	if not dock:
		files.scan()


## Show the dock, which may be behind others.
func _enable_plugin() -> void:
	_is_new = true
	_show_dock()


func _show_dock() -> void:
	if _slot and _slot.has_method(&"make_visible"):
		_slot.call(&"make_visible")
	elif dock and dock.get_parent() is TabContainer:
		var tabs := dock.get_parent() as TabContainer
		tabs.current_tab = tabs.get_tab_idx_from_control(dock)


func _exit_tree() -> void:
	remove_scene_post_import_plugin(_post_import)
	if not link:
		return
	Engine.remove_meta(META)
	remove_inspector_plugin(_inspector_drop)
	remove_tool_menu_item(_removal.entry)
	var files := EditorInterface.get_resource_filesystem()
	files.script_classes_updated.disconnect(_build_dock)
	files.resources_reimported.disconnect(_update_warnings)
	if dock:
		_remove_dock()
		dock.queue_free()


func _build_dock() -> void:
	var names := ProjectSettings.get_global_class_list().map(
		func(each: Dictionary) -> StringName: return each["class"]
	)
	if dock or not CLASS in names:
		return
	dock = (load(DOCK) as PackedScene).instantiate()
	dock.call(&"setup", link, imports)
	_add_dock()
	if _is_new:
		_show_dock()


## A reimported character may now have a bone map. The open scene shows it one frame later.
func _update_warnings(_paths: PackedStringArray) -> void:
	await get_tree().process_frame
	var scene := EditorInterface.get_edited_scene_root()
	if not scene:
		return
	for player: Node in scene.find_children("*", CLASS, true, false):
		player.update_configuration_warnings()


## Godot 4.6 has EditorDock; before it a control is a dock by itself.
func _add_dock() -> void:
	if ClassDB.class_exists(&"EditorDock") and has_method(&"add_dock"):
		_slot = ClassDB.instantiate(&"EditorDock")
		_slot.set("title", Words.translated("Emotes"))
		_slot.set("layout_key", "kinetix_emotes")
		_slot.set("default_slot", DOCK_SLOT_RIGHT_UL)
		(_slot as Node).add_child(dock)
		call(&"add_dock", _slot)
	else:
		add_control_to_dock(DOCK_SLOT_RIGHT_UL, dock)


func _remove_dock() -> void:
	if _slot:
		call(&"remove_dock", _slot)
		(_slot as Node).remove_child(dock)
		(_slot as Node).queue_free()
	else:
		remove_control_from_docks(dock)

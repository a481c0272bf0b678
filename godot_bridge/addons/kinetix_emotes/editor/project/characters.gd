@tool
extends RefCounted
## Characters of the project, and bone maps for them.

const HubLink := preload("../hub/hub_link.gd")
const EmoteImports := preload("emote_imports.gd")
const Types := preload("../hub/hub_types.gd")
const ProjectFiles := preload("project_files.gd")
const Words := preload("../words.gd")
const EXTENSIONS: PackedStringArray = ["glb", "gltf", "fbx", "blend"]
const MANNEQUIN := "res://characters/mannequin.glb"
const NOT_WRITTEN := "{file} could not be written ({problem}). Is the disk full, or the folder write-protected?"

static var _times: Dictionary[String, int] = {}
static var _have_bones: Dictionary[String, bool] = {}


## Return the imported scenes outside the emote folders that may be characters.
static func find_all(emote_folders: PackedStringArray) -> PackedStringArray:
	var found := PackedStringArray()
	var root := EditorInterface.get_resource_filesystem().get_filesystem()
	if root:
		_collect(root, emote_folders, found)
	return found


static func _collect(
	folder: EditorFileSystemDirectory, without: PackedStringArray, into: PackedStringArray
) -> void:
	for index: int in folder.get_file_count():
		var path := folder.get_file_path(index)
		var is_scene := folder.get_file_type(index) == &"PackedScene"
		if is_scene and path.get_extension().to_lower() in EXTENSIONS and _may_have_bones(path):
			into.append(path)
	for index: int in folder.get_subdir_count():
		var below := folder.get_subdir(index)
		var place := below.get_path().trim_prefix("res://").trim_suffix("/")
		if place not in without and place != "addons":
			_collect(below, without, into)


static func _may_have_bones(path: String) -> bool:
	if path.get_extension().to_lower() != "glb":
		return true
	var time := FileAccess.get_modified_time(path)
	if _times.get(path, -1) != time:
		_times[path] = time if ProjectFiles.is_past(time) else -1
		_have_bones[path] = ProjectFiles.document_of(path).contains('"skins"')
	return _have_bones[path]


## Map the bones of a GLB character and import it again. Return the next step if it failed.
static func map_bones(path: String, link: HubLink, imports: EmoteImports) -> String:
	if path.get_extension().to_lower() != "glb":
		return Words.translated(
			"Only GLB characters are mapped by themselves; use the import dock."
		)
	var body := {"glb": ProjectSettings.globalize_path(path)}
	var answer := await link.request(HTTPClient.METHOD_POST, "/v1/sync/bone-map", body)
	if answer.error:
		return ("%s %s" % [answer.error.title, answer.error.next_step]).strip_edges()
	var found := Types.CharacterMap.new(answer.json)
	var map := BoneMap.new()
	map.profile = SkeletonProfileHumanoid.new()
	for humanoid: String in found.bones:
		map.set_skeleton_bone_name(StringName(humanoid), StringName(found.bones[humanoid]))
	var saved := path.get_basename() + "_bones.tres"
	if ProjectFiles.leads_elsewhere(saved) or ResourceSaver.save(map, saved) != OK:
		return Words.translated("Check whether the folder can be written and holds no link.")
	map.take_over_path(saved)
	EditorInterface.get_resource_filesystem().update_file(saved)
	var subresources: Dictionary = ProjectFiles.option(path, "_subresources", {})
	var nodes := _dictionary(subresources.get("nodes"))
	var key := "PATH:" + found.node_path
	var options := _dictionary(nodes.get(key))
	options["retarget/bone_map"] = map
	# As for emotes: a character with its arms down is measured from a T-pose.
	options["retarget/rest_fixer/fix_silhouette/enable"] = true
	nodes[key] = options
	subresources["nodes"] = nodes
	imports.change_options(path, {"_subresources": subresources})
	if not await imports.finish_file(path):
		return Words.translated("The character could not be reimported. See Godot's output.")
	return ""


## Import the mannequin of an emote's file with its bone map. Return the next step if it failed.
static func import_mannequin(emote_file: String, link: HubLink, imports: EmoteImports) -> String:
	if FileAccess.file_exists(MANNEQUIN):
		return ""
	if ProjectFiles.leads_elsewhere(MANNEQUIN):
		return Words.translated(
			"The folder res://characters is a link; put the folder itself in its place."
		)
	DirAccess.make_dir_recursive_absolute(MANNEQUIN.get_base_dir())
	var problem := DirAccess.copy_absolute(emote_file, ProjectSettings.globalize_path(MANNEQUIN))
	if problem != OK:
		var text := Words.translated(NOT_WRITTEN)
		return text.format({"file": MANNEQUIN, "problem": error_string(problem)})
	imports.enqueue(PackedStringArray([MANNEQUIN]))
	if not await imports.finish_file(MANNEQUIN):
		return Words.translated("%s could not be imported. See Godot's output.") % MANNEQUIN
	imports.change_options(MANNEQUIN, {"animation/import": false})
	return await map_bones(MANNEQUIN, link, imports)


static func _dictionary(value: Variant) -> Dictionary:
	return value if value is Dictionary else {}

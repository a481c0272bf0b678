@tool
extends RefCounted
## The project's own characters, and bone maps for them from the core's mapping.

const HubLink := preload("hub_link.gd")
const EmoteImports := preload("emote_imports.gd")
const ProjectFiles := preload("project_files.gd")
const EXTENSIONS: PackedStringArray = ["glb", "gltf", "fbx", "blend"]


## Every imported scene outside the emote folders.
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
		if folder.get_file_type(index) == &"PackedScene" and path.get_extension() in EXTENSIONS:
			into.append(path)
	for index: int in folder.get_subdir_count():
		var below := folder.get_subdir(index)
		var place := below.get_path().trim_prefix("res://").trim_suffix("/")
		if place not in without and place != "addons":
			_collect(below, without, into)


## Maps the bones of a GLB character and imports it again. Returns what to do when it did not work.
static func map_bones(path: String, link: HubLink, imports: EmoteImports) -> String:
	if path.get_extension().to_lower() != "glb":
		return "Only GLB characters are mapped by themselves; use the import dock."
	var body := {"glb": ProjectSettings.globalize_path(path)}
	var answer := await link.request(HTTPClient.METHOD_POST, "/v1/sync/bone-map", body)
	if answer.get("error") is Dictionary:
		return str((answer["error"] as Dictionary).get("title"))
	var map := BoneMap.new()
	map.profile = SkeletonProfileHumanoid.new()
	var bones: Dictionary = answer.get("bones", {})
	for humanoid: String in bones:
		map.set_skeleton_bone_name(StringName(humanoid), StringName(str(bones[humanoid])))
	var saved := path.get_basename() + "_bones.tres"
	if ResourceSaver.save(map, saved) != OK:
		return "Check whether the folder can be written."
	map.take_over_path(saved)
	EditorInterface.get_resource_filesystem().update_file(saved)
	var subresources: Dictionary = ProjectFiles.option(path, "_subresources", {})
	var nodes: Dictionary = subresources.get("nodes", {})
	var key := "PATH:" + str(answer.get("nodePath"))
	var options: Dictionary = nodes.get(key, {})
	options["retarget/bone_map"] = map
	nodes[key] = options
	subresources["nodes"] = nodes
	imports.change_options(path, {"_subresources": subresources})
	if not await imports.settled(path):
		return "The character could not be imported again; look at Godot's output."
	return ""

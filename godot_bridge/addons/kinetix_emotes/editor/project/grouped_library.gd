@tool
extends RefCounted
## One `emotes.res` with every emote of a folder, for games that load one file.

const ProjectFiles := preload("project_files.gd")
const FILE := "emotes.res"


## Builds the library of [param folder] again. Returns its path, or an empty string when it could not be saved.
static func build(folder: String) -> String:
	var path := folder.path_join(FILE)
	var library := AnimationLibrary.new()
	_collect(folder, folder, library)
	if library.get_animation_list().is_empty() and not FileAccess.file_exists(path):
		return ""
	if ProjectFiles.leads_elsewhere(path) or ResourceSaver.save(library, path) != OK:
		return ""
	library.take_over_path(path)
	var files := EditorInterface.get_resource_filesystem()
	files.update_file(path)
	# A running game loads again what the editor imports, and nothing else.
	files.resources_reimported.emit(PackedStringArray([path]))
	return path


## The name of an emote in a grouped library: its path without extension, with what Godot refuses replaced.
static func emote_name(root: String, path: String) -> StringName:
	var name := path.trim_prefix(root + "/").get_basename()
	for letter: String in ["/", ":", ",", "["]:
		name = name.replace(letter, "_")
	return StringName(name)


static func _collect(root: String, folder: String, into: AnimationLibrary) -> void:
	var place := DirAccess.open(folder)
	if not place:
		return
	for file: String in place.get_files():
		var path := folder.path_join(file)
		if file.get_extension().to_lower() != "glb" or file.get_basename().ends_with(".theirs"):
			continue
		if not ProjectFiles.is_imported(path):
			continue
		# The sync may take the file away between the look and the loading. That is no error.
		Engine.print_error_messages = false
		var found := load(path) as AnimationLibrary
		Engine.print_error_messages = true
		if not found:
			continue
		var names := found.get_animation_list()
		for clip: StringName in names:
			var emote := emote_name(root, path)
			if names.size() > 1:
				emote = StringName("%s_%s" % [emote, clip])
			into.add_animation(emote, found.get_animation(clip))
	for below: String in place.get_directories():
		if not below.begins_with("."):
			_collect(root, folder.path_join(below), into)

@tool
extends RefCounted
## One `emotes.res` with every emote of a folder, for games that load one file.

const Adder := preload("animation_adder.gd")
const ProjectFiles := preload("project_files.gd")
const FILE := "emotes.res"


## Build the library of a folder. Return its path, or an empty string if it was not saved.
static func build(folder: String) -> String:
	var path := folder.path_join(FILE)
	var library := AnimationLibrary.new()
	_collect(folder, library)
	if library.get_animation_list().is_empty() and not FileAccess.file_exists(path):
		return ""
	if ProjectFiles.leads_elsewhere(path) or ResourceSaver.save(library, path) != OK:
		return ""
	library.take_over_path(path)
	var files := EditorInterface.get_resource_filesystem()
	files.update_file(path)
	# A running game reloads only imported files.
	files.resources_reimported.emit(PackedStringArray([path]))
	return path


static func _collect(root: String, into: AnimationLibrary) -> void:
	for path: String in ProjectFiles.files_below(root):
		if path.get_extension().to_lower() != "glb" or path.ends_with(".theirs.glb"):
			continue
		if not ProjectFiles.is_imported(path):
			continue
		# The sync may remove the file at any time, which is no error.
		Engine.print_error_messages = false
		var found := load(path) as AnimationLibrary
		Engine.print_error_messages = true
		if not found:
			continue
		var names := found.get_animation_list()
		for clip: StringName in names:
			var emote := Adder.safe_name(path.trim_prefix(root + "/"))
			if names.size() > 1:
				emote = StringName("%s_%s" % [emote, clip])
			into.add_animation(emote, found.get_animation(clip))

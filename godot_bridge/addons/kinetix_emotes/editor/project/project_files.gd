@tool
extends RefCounted
## Files of the project: emotes by the id in their import settings, import options, links, bin.

const PostImport := preload("post_import.gd")
const Words := preload("../words.gd")

static var _ids: Dictionary[String, String] = {}
static var _times: Dictionary[String, int] = {}


## Return id → project path of every emote in these folders.
static func find_all(folders: PackedStringArray) -> Dictionary[String, String]:
	var found: Dictionary[String, String] = {}
	for folder: String in folders:
		for file: String in files_below("res://" + folder):
			var emote := file.trim_suffix(".import")
			# The settings of a deleted emote remain.
			if file.ends_with(".glb.import") and FileAccess.file_exists(emote):
				var id := _id_of(file)
				if not found.has(id):
					found[id] = emote
	return found


## Return all files below a folder on the disk except hidden folders.
static func files_below(folder: String) -> PackedStringArray:
	var found := PackedStringArray()
	var place := DirAccess.open(folder)
	if place:
		for file: String in place.get_files():
			found.append(folder.path_join(file))
		for below: String in place.get_directories():
			if not below.begins_with("."):
				found.append_array(files_below(folder.path_join(below)))
	return found


static func users_of(path: String) -> PackedStringArray:
	var found := PackedStringArray()
	var uid := ResourceUID.id_to_text(ResourceLoader.get_resource_uid(path))
	_collect_users(EditorInterface.get_resource_filesystem().get_filesystem(), path, uid, found)
	return found


static func _collect_users(
	folder: EditorFileSystemDirectory, path: String, uid: String, into: PackedStringArray
) -> void:
	for index: int in folder.get_file_count():
		var file := folder.get_file_path(index)
		if file.get_extension() not in ["tscn", "scn", "tres", "res"]:
			continue
		for dependency: String in ResourceLoader.get_dependencies(file):
			if dependency.get_slice("::", 0) in [uid, path] or dependency.ends_with("::" + path):
				into.append(file)
				break
	for index: int in folder.get_subdir_count():
		_collect_users(folder.get_subdir(index), path, uid, into)


## Return the emotes below a folder in Godot's file system.
static func emotes_below(folder: String) -> PackedStringArray:
	var found := PackedStringArray()
	var place := EditorInterface.get_resource_filesystem().get_filesystem_path(folder)
	if not place:
		return found
	for index: int in place.get_file_count():
		var path := place.get_file_path(index)
		if path.get_extension().to_lower() == "glb" and not path.ends_with(".theirs.glb"):
			found.append(path)
	for index: int in place.get_subdir_count():
		found.append_array(emotes_below(place.get_subdir(index).get_path()))
	return found


## Return the id in import settings, cached until the file changes.
static func _id_of(settings: String) -> String:
	var time := FileAccess.get_modified_time(settings)
	if _times.get(settings, -1) != time:
		var text := FileAccess.get_file_as_string(settings)
		_times[settings] = time if is_past(time) else -1
		_ids[settings] = text.get_slice(PostImport.ID + '="', 1).get_slice('"', 0)
	return _ids[settings]


## Return whether a later change gets another modification time, which has whole seconds.
static func is_past(time: int) -> bool:
	return time < floori(Time.get_unix_time_from_system()) - 1


## Return whether Godot has imported the file, so that it can be loaded.
static func is_imported(path: String) -> bool:
	var config := ConfigFile.new()
	if config.load(path + ".import") != OK:
		return false
	var is_valid: Variant = config.get_value("remap", "valid", true)
	if not is_valid is bool or not is_valid:
		return false
	return FileAccess.file_exists(str(config.get_value("remap", "path", "")))


## Return whether Godot has imported the current contents of the file.
static func is_current(path: String) -> bool:
	var config := ConfigFile.new()
	if not is_imported(path) or config.load(path + ".import") != OK:
		return false
	var imported := str(config.get_value("remap", "path", ""))
	var sums := FileAccess.get_file_as_string(imported.get_basename() + ".md5")
	return sums.get_slice('"', 1) == FileAccess.get_md5(path)


## Return an import option of a file, or [param otherwise] if it is missing or of another type.
static func option(path: String, key: String, otherwise: Variant) -> Variant:
	var config := ConfigFile.new()
	if config.load(path + ".import") != OK:
		return otherwise
	var value: Variant = config.get_value("params", key, otherwise)
	return value if typeof(value) == typeof(otherwise) else otherwise


## Return whether the path or a folder above it is a link: in a cloned project it may lead anywhere.
static func leads_elsewhere(path: String) -> bool:
	var place := DirAccess.open("res://")
	var below := "res:/"
	for part: String in path.trim_prefix("res://").split("/", false):
		below += "/" + part
		if place.is_link(below):
			return true
	return false


## Move a file into the system's bin. Return the next step if it failed, else an empty string.
static func move_to_bin(path: String) -> String:
	if not FileAccess.file_exists(path):  # an empty path would move the whole project
		return Words.translated("Check that the file exists.")
	if OS.move_to_trash(ProjectSettings.globalize_path(path)) == OK:
		return ""
	return Words.translated(
		"Close programs that use the file and try again, or delete it in the file manager."
	)


## Change import options of a file for its next import. Return whether they were saved.
static func set_options(path: String, options: Dictionary) -> bool:
	if leads_elsewhere(path + ".import"):
		return false
	var config := ConfigFile.new()
	if config.load(path + ".import") != OK:
		return false
	for key: String in options:
		config.set_value("params", key, options[key])
	# Written beside the file and renamed, so that a crash loses no setting; a random name cannot be a planted link.
	var name := ".kinetix-%08x%08x.tmp" % [randi(), randi()]
	var temporary := path.get_base_dir().path_join(name)
	if config.save(temporary) != OK:
		return false
	var from := ProjectSettings.globalize_path(temporary)
	return DirAccess.rename_absolute(from, ProjectSettings.globalize_path(path + ".import")) == OK


## Return the JSON chunk of a GLB.
static func document_of(path: String) -> String:
	var file := FileAccess.open(path, FileAccess.READ)
	if not file or file.get_length() < 20:
		return ""
	file.seek(12)
	var length := mini(file.get_32(), file.get_length() - 20)
	file.seek(20)
	return file.get_buffer(length).get_string_from_utf8()

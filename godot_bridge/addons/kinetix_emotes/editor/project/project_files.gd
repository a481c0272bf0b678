@tool
extends RefCounted
## Which file of the project an emote is, by the id in its import settings.

const PostImport := preload("post_import.gd")
const Words := preload("../words.gd")

static var _ids: Dictionary[String, String] = {}
static var _times: Dictionary[String, int] = {}


## Project path of the emote, or an empty string when it is not in these folders.
static func find(emote_id: String, folders: PackedStringArray) -> String:
	return find_all(folders).get(emote_id, "")


## Id → project path of every emote in these folders.
static func find_all(folders: PackedStringArray) -> Dictionary[String, String]:
	var found: Dictionary[String, String] = {}
	for folder: String in folders:
		for file: String in files_below("res://" + folder):
			var emote := file.trim_suffix(".import")
			# A deleted emote leaves its settings for its return.
			if file.ends_with(".glb.import") and FileAccess.file_exists(emote):
				var id := _id_of(file)
				if not found.has(id):
					found[id] = emote
	return found


## All files below a folder on the disk, without those of hidden folders.
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


## The emotes below a folder of the project that Godot knows.
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


## A file is read again only when it has changed: a library may hold thousands.
static func _id_of(settings: String) -> String:
	var time := FileAccess.get_modified_time(settings)
	if _times.get(settings, -1) != time:
		var text := FileAccess.get_file_as_string(settings)
		_times[settings] = time if is_past(time) else -1
		_ids[settings] = text.get_slice(PostImport.ID + '="', 1).get_slice('"', 0)
	return _ids[settings]


## True when a file of this time gets another one by every change that is still to come: Godot counts whole seconds.
static func is_past(time: int) -> bool:
	return time < floori(Time.get_unix_time_from_system()) - 1


## True when Godot has imported the file, so that loading it gives no error.
static func is_imported(path: String) -> bool:
	var config := ConfigFile.new()
	if config.load(path + ".import") != OK:
		return false
	var is_valid: Variant = config.get_value("remap", "valid", true)
	if not is_valid is bool or not is_valid:
		return false
	return FileAccess.file_exists(str(config.get_value("remap", "path", "")))


## True when what Godot has imported is the file as it is now.
static func is_current(path: String) -> bool:
	var config := ConfigFile.new()
	if not is_imported(path) or config.load(path + ".import") != OK:
		return false
	var imported := str(config.get_value("remap", "path", ""))
	var sums := FileAccess.get_file_as_string(imported.get_basename() + ".md5")
	return sums.get_slice('"', 1) == FileAccess.get_md5(path)


## Returns an import option of a file, or [param otherwise] if it is missing or of another type.
static func option(path: String, key: String, otherwise: Variant) -> Variant:
	var config := ConfigFile.new()
	if config.load(path + ".import") != OK:
		return otherwise
	var value: Variant = config.get_value("params", key, otherwise)
	return value if typeof(value) == typeof(otherwise) else otherwise


## True when the path, or a folder above it, is a link: a project that was cloned may lead anywhere by it.
static func leads_elsewhere(path: String) -> bool:
	var place := DirAccess.open("res://")
	var below := "res:/"
	for part: String in path.trim_prefix("res://").split("/", false):
		below += "/" + part
		if place.is_link(below):
			return true
	return false


## Moves a file into the system's bin. Returns what to do when it did not go, else an empty string.
static func move_to_bin(path: String) -> String:
	if not FileAccess.file_exists(path):  # for an empty path Godot would move the whole project there
		return Words.translated("Check that the file exists.")
	if OS.move_to_trash(ProjectSettings.globalize_path(path)) == OK:
		return ""
	return Words.translated(
		"Close programs that use the file and try again, or delete it in the file manager."
	)


## Changes single import options of a file; everything else stays as it is. They count with the next import.
static func set_options(path: String, options: Dictionary) -> bool:
	if leads_elsewhere(path + ".import"):
		return false
	var config := ConfigFile.new()
	if config.load(path + ".import") != OK:
		return false
	for key: String in options:
		config.set_value("params", key, options[key])
	# Beside the file and then over it: a half-written one would lose every setting. Nobody can plant a link at a
	# name of chance.
	var name := ".kinetix-%08x%08x.tmp" % [randi(), randi()]
	var temporary := path.get_base_dir().path_join(name)
	if config.save(temporary) != OK:
		return false
	var from := ProjectSettings.globalize_path(temporary)
	return DirAccess.rename_absolute(from, ProjectSettings.globalize_path(path + ".import")) == OK


## The JSON in front of a GLB; what is behind it is not read.
static func document_of(path: String) -> String:
	var file := FileAccess.open(path, FileAccess.READ)
	if not file or file.get_length() < 20:
		return ""
	file.seek(12)
	var length := mini(file.get_32(), file.get_length() - 20)
	file.seek(20)
	return file.get_buffer(length).get_string_from_utf8()

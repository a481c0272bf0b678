@tool
extends RefCounted
## Which file of the project an emote is, by the id in its import settings.

const PostImport := preload("post_import.gd")
const Words := preload("words.gd")

static var _ids: Dictionary[String, String] = {}
static var _times: Dictionary[String, int] = {}


## Project path of the emote, or an empty string when it is not in these folders.
static func find(emote_id: String, folders: PackedStringArray) -> String:
	for folder: String in folders:
		var found := _find_below("res://" + folder, emote_id)
		if not found.is_empty():
			return found
	return ""


static func _find_below(folder: String, emote_id: String) -> String:
	var place := DirAccess.open(folder)
	if not place:
		return ""
	for file: String in place.get_files():
		if file.ends_with(".glb.import") and _id_of(folder.path_join(file)) == emote_id:
			var emote := folder.path_join(file).trim_suffix(".import")
			if FileAccess.file_exists(emote):  # a deleted emote leaves its settings for its return
				return emote
	for below: String in place.get_directories():
		var found := (
			"" if below.begins_with(".") else _find_below(folder.path_join(below), emote_id)
		)
		if not found.is_empty():
			return found
	return ""


## A file is read again only when it has changed: a library may hold thousands.
static func _id_of(settings: String) -> String:
	var time := FileAccess.get_modified_time(settings)
	if _times.get(settings, -1) != time:
		var text := FileAccess.get_file_as_string(settings)
		_times[settings] = time if is_past(time) else -1
		_ids[settings] = text.get_slice(PostImport.ID + '="', 1).get_slice('"', 0)
	return _ids[settings]


## True when a file of this time gets another one by every change that is still to come: Godot tells them in whole seconds.
static func is_past(time: int) -> bool:
	return time < floori(Time.get_unix_time_from_system()) - 1


## True when Godot has imported the file, so that loading it gives no error.
static func is_imported(path: String) -> bool:
	var config := ConfigFile.new()
	if config.load(path + ".import") != OK or not bool(config.get_value("remap", "valid", true)):
		return false
	return FileAccess.file_exists(str(config.get_value("remap", "path", "")))


## The value of an import option of a file.
static func option(path: String, key: String, otherwise: Variant) -> Variant:
	var config := ConfigFile.new()
	if config.load(path + ".import") != OK:
		return otherwise
	return config.get_value("params", key, otherwise)


## True when the path, or a folder on the way to it, is a link: a project that was cloned may lead anywhere by it.
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
		return Words.translated("Look whether it is still there.")
	if OS.move_to_trash(ProjectSettings.globalize_path(path)) == OK:
		return ""
	return Words.translated(
		"Close what has it open and try again, or delete it in the file manager."
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

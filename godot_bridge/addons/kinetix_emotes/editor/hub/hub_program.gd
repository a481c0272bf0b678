@tool
extends RefCounted
## Locations of the hub and its program on this machine.

const SETTING := "kinetix/hub_command"
const OWN_HUB := "res://addons/kinetix_emotes/hub"


## Return the folder of this user's hub; see docs/hub-protocol.md.
static func home() -> String:
	var given := OS.get_environment("KINETIX_HOME")
	if not given.is_empty():
		return given
	match OS.get_name():
		"Windows":
			return OS.get_environment("LOCALAPPDATA").path_join("kinetix-bridge")
		"macOS":
			var place := "Library/Application Support/kinetix-bridge"
			return OS.get_environment("HOME").path_join(place)
	var data := OS.get_environment("XDG_DATA_HOME")
	if not data.begins_with("/"):
		data = OS.get_environment("HOME").path_join(".local/share")
	return data.path_join("kinetix-bridge")


## Return the path of the `kinetix` program; empty if it is missing.
##
## Editor setting, environment, complete add-on and the usual places are searched in this order.
static func find() -> String:
	var candidates := PackedStringArray()
	var settings := EditorInterface.get_editor_settings()
	if settings.has_setting(SETTING):
		candidates.append(str(settings.get_setting(SETTING)))
	candidates.append(OS.get_environment("KINETIX_COMMAND"))
	var program := _file_of("kinetix")
	candidates.append(ProjectSettings.globalize_path(OWN_HUB).path_join(program))
	candidates.append_array(on_path("kinetix"))
	var user := OS.get_environment("USERPROFILE" if OS.get_name() == "Windows" else "HOME")
	candidates.append(user.path_join(".local/bin").path_join(program))
	var found := first_file(candidates)
	# Some unzip tools drop the permission to execute.
	if not found.is_empty() and OS.get_name() != "Windows":
		var needs := FileAccess.UNIX_READ_OWNER | FileAccess.UNIX_EXECUTE_OWNER
		var has := FileAccess.get_unix_permissions(found)
		if has & needs != needs:
			FileAccess.set_unix_permissions(found, has | needs)
	return found


## Return the first path of an existing file, or an empty string.
static func first_file(candidates: PackedStringArray) -> String:
	for candidate: String in candidates:
		if candidate.is_absolute_path() and FileAccess.file_exists(candidate):
			return candidate
	return ""


static func _file_of(program: String) -> String:
	return program + ".exe" if OS.get_name() == "Windows" else program


static func on_path(program: String) -> PackedStringArray:
	var places := PackedStringArray()
	var separator := ";" if OS.get_name() == "Windows" else ":"
	for folder: String in OS.get_environment("PATH").split(separator, false):
		places.append(folder.path_join(_file_of(program)))
	return places

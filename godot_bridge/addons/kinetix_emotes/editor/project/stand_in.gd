@tool
extends RefCounted
## The mannequin as a character for projects without one.

const HubLink := preload("../hub/hub_link.gd")
const EmoteImports := preload("emote_imports.gd")
const Characters := preload("characters.gd")
const ProjectFiles := preload("project_files.gd")
const Words := preload("../words.gd")
const PATH := "res://characters/mannequin.glb"
const NOT_WRITTEN := "{file} could not be written ({problem}). Is the disk full, or the folder write-protected?"


## Import the mannequin of an emote's file with its bone map. Return the next step if it failed.
static func bring(emote_file: String, link: HubLink, imports: EmoteImports) -> String:
	if FileAccess.file_exists(PATH):
		return ""
	if ProjectFiles.leads_elsewhere(PATH):
		return Words.translated(
			"The folder res://characters is a link; put the folder itself in its place."
		)
	DirAccess.make_dir_recursive_absolute(PATH.get_base_dir())
	var problem := DirAccess.copy_absolute(emote_file, ProjectSettings.globalize_path(PATH))
	if problem != OK:
		var text := Words.translated(NOT_WRITTEN)
		return text.format({"file": PATH, "problem": error_string(problem)})
	imports.enqueue(PackedStringArray([PATH]))
	if not await imports.finish_file(PATH):
		return Words.translated("%s could not be imported. See Godot's output.") % PATH
	imports.change_options(PATH, {"animation/import": false})
	return await Characters.map_bones(PATH, link, imports)

@tool
extends EditorFileDialog
## Dialog for videos that opens in the folder of the last one and accepts a typed path.

signal chosen(clips: PackedStringArray)

const Words := preload("../words.gd")
const METADATA := "kinetix_emotes"


func _init() -> void:
	set_translation_domain(Words.EDITOR_DOMAIN)
	access = EditorFileDialog.ACCESS_FILESYSTEM
	file_mode = EditorFileDialog.FILE_MODE_OPEN_FILES
	add_filter("*.mp4,*.mov,*.webm,*.mkv,*.avi,*.m4v", Words.translated("Video"))
	files_selected.connect(_on_selected)
	# Godot ignores a typed path.
	confirmed.connect(_on_selected.bind(PackedStringArray()))
	get_line_edit().text_submitted.connect(
		func(_text: String) -> void: _on_selected(PackedStringArray())
	)


func open() -> void:
	var videos := OS.get_system_dir(OS.SYSTEM_DIR_MOVIES)
	var settings := EditorInterface.get_editor_settings()
	var last: String = settings.get_project_metadata(METADATA, "clips", videos)
	if DirAccess.dir_exists_absolute(last):
		current_dir = last
	get_line_edit().clear()
	popup_centered_ratio(0.6)


func _on_selected(paths: PackedStringArray) -> void:
	if not visible and paths.is_empty():  # handled by another signal
		return
	var typed := get_line_edit().text.strip_edges()
	if not typed.is_empty():
		typed = typed if typed.is_absolute_path() else current_dir.path_join(typed)
	var clips := PackedStringArray()
	for path: String in [typed] if FileAccess.file_exists(typed) and typed not in paths else paths:
		if FileAccess.file_exists(path):
			clips.append(path)
	if clips.is_empty():
		return
	EditorInterface.get_editor_settings().set_project_metadata(
		METADATA, "clips", clips[0].get_base_dir()
	)
	hide()
	chosen.emit(clips)

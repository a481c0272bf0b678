@tool
extends EditorFileDialog
## Chooses videos anywhere on this machine.

const Words := preload("words.gd")


func _init() -> void:
	access = EditorFileDialog.ACCESS_FILESYSTEM
	add_filter("*.mp4,*.mov,*.webm,*.mkv,*.avi,*.m4v", Words.translated("Video"))

@tool
extends Control
## Overlay of an open script that inserts the name of a dropped emote.
##
## With Shift or Ctrl held the script editor inserts the path or a `preload`, as for every file.

## Key of the emote's name in the dragged data.
const NAME := "kinetix_emote"
const GROUP := &"kinetix_drops"
const TO_THE_EDITOR: Array[Key] = [KEY_SHIFT, KEY_CTRL, KEY_META]


## Make every open script accept names until [method lift].
static func lay_over_scripts() -> void:
	for script: ScriptEditorBase in EditorInterface.get_script_editor().get_open_script_editors():
		var edit := script.get_base_editor() as CodeEdit
		if edit:
			var place := new()
			place.set_anchors_preset(Control.PRESET_FULL_RECT)
			place.mouse_filter = Control.MOUSE_FILTER_PASS
			place.add_to_group(GROUP)
			edit.add_child(place)


static func lift(tree: SceneTree) -> void:
	tree.call_group(GROUP, &"queue_free")


func _can_drop_data(_at: Vector2, data: Variant) -> bool:
	return (
		data is Dictionary
		and (data as Dictionary).get(NAME) is String
		and not TO_THE_EDITOR.any(Input.is_key_pressed)
		and (get_parent() as CodeEdit).editable
	)


func _drop_data(at: Vector2, data: Variant) -> void:
	var edit := get_parent() as CodeEdit
	var place := edit.get_line_column_at_pos(Vector2i(at))
	edit.begin_complex_operation()
	edit.remove_secondary_carets()
	edit.deselect()
	edit.set_caret_line(place.y)
	edit.set_caret_column(place.x)
	edit.insert_text_at_caret(_quoted(str((data as Dictionary)[NAME])))
	edit.end_complex_operation()
	edit.grab_focus()


static func _quoted(name: String) -> String:
	var settings := EditorInterface.get_editor_settings()
	var mark := "'" if settings.get_setting("text_editor/completion/use_single_quotes") else '"'
	return mark + name.replace("\\", "\\\\").replace(mark, "\\" + mark) + mark

@tool
extends Control
## Timeline of a take's parts; a click selects or clears one.

signal clicked(index: int)

const Types := preload("../hub/hub_types.gd")
const HEIGHT := 34.0
const GAP := 1.0

var _starts := PackedFloat64Array()
var _ends := PackedFloat64Array()
var _wanted: Array[bool] = []


## Show these parts, all of them selected.
func show_parts(parts: Array[Types.TakePart]) -> void:
	custom_minimum_size.y = HEIGHT * EditorInterface.get_editor_scale()
	_starts.clear()
	_ends.clear()
	_wanted.clear()
	for part: Types.TakePart in parts:
		_starts.append(part.start_s)
		_ends.append(part.end_s)
		_wanted.append(true)
	queue_redraw()


func choose(index: int, is_wanted: bool) -> void:
	_wanted[index] = is_wanted
	queue_redraw()


func _draw() -> void:
	var accent := get_theme_color(&"accent_color", &"Editor")
	var plain := get_theme_color(&"font_color", &"Editor")
	var font := get_theme_default_font()
	var letters := get_theme_default_font_size()
	for index: int in _starts.size():
		var box := _box(index)
		var fill := Color(accent, 0.45) if _wanted[index] else Color(plain, 0.08)
		draw_rect(box, fill)
		draw_rect(box, Color(plain, 0.35), false)
		var number := str(index + 1)
		var size := font.get_string_size(number, HORIZONTAL_ALIGNMENT_LEFT, -1, letters)
		if size.x < box.size.x:
			var at := box.get_center() + Vector2(-size.x / 2.0, size.y / 3.0)
			draw_string(font, at, number, HORIZONTAL_ALIGNMENT_LEFT, -1, letters, plain)


func _gui_input(event: InputEvent) -> void:
	var press := event as InputEventMouseButton
	if not press or not press.pressed or press.button_index != MOUSE_BUTTON_LEFT:
		return
	for index: int in _starts.size():
		if _box(index).has_point(press.position):
			clicked.emit(index)
			accept_event()


func _box(index: int) -> Rect2:
	var span := maxf(_ends[-1] - _starts[0], 0.001)
	var left := (_starts[index] - _starts[0]) / span * size.x
	var right := (_ends[index] - _starts[0]) / span * size.x
	return Rect2(left + GAP, GAP, maxf(right - left - 2.0 * GAP, 1.0), size.y - 2.0 * GAP)

@tool
extends Control
## Timeline of a take's parts: a click selects or clears one, and the borders between them are dragged.

signal clicked(index: int)
## The border at the end of part [param index] was dragged to [param time] seconds.
signal border_moved(index: int, time: float)

const HEIGHT := 34.0
const GAP := 1.0
## How near to a border, in pixels, the pointer takes hold of it.
const REACH := 5.0
const SHORTEST_S := 0.1

var _edges := PackedFloat64Array()
var _wanted: Array[bool] = []
var _held := -1


## Show the parts between these times in seconds, all of them selected.
func show_parts(edges: PackedFloat64Array) -> void:
	custom_minimum_size.y = HEIGHT * EditorInterface.get_editor_scale()
	_edges = edges.duplicate()
	_wanted.resize(edges.size() - 1)
	_wanted.fill(true)
	_held = -1
	queue_redraw()


func choose(index: int, is_wanted: bool) -> void:
	_wanted[index] = is_wanted
	queue_redraw()


func _draw() -> void:
	var accent := get_theme_color(&"accent_color", &"Editor")
	var plain := get_theme_color(&"font_color", &"Editor")
	var font := get_theme_default_font()
	var letters := get_theme_default_font_size()
	for index: int in _wanted.size():
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
	var motion := event as InputEventMouseMotion
	if motion:
		_drag(motion.position.x)
	var press := event as InputEventMouseButton
	if not press or press.button_index != MOUSE_BUTTON_LEFT:
		return
	_held = _border_at(press.position.x) if press.pressed else -1
	accept_event()
	if press.pressed and _held < 0:
		clicked.emit(_edges.bsearch(_time_at(press.position.x), false) - 1)


func _drag(x: float) -> void:
	var is_over := _held >= 0 or _border_at(x) >= 0
	mouse_default_cursor_shape = CURSOR_HSIZE if is_over else CURSOR_ARROW
	if _held < 0:
		return
	var earliest := _edges[_held] + SHORTEST_S
	var latest := _edges[_held + 2] - SHORTEST_S
	if earliest <= latest:
		_edges[_held + 1] = clampf(_time_at(x), earliest, latest)
		border_moved.emit(_held, _edges[_held + 1])
		queue_redraw()


# The part that ends at the border near [param x], or -1.
func _border_at(x: float) -> int:
	for index: int in _wanted.size() - 1:
		if absf(_place(_edges[index + 1]) - x) <= REACH * EditorInterface.get_editor_scale():
			return index
	return -1


func _time_at(x: float) -> float:
	var share := clampf(x / maxf(size.x, 1.0), 0.0, 1.0 - 1e-6)
	return lerpf(_edges[0], _edges[-1], share)


func _place(time: float) -> float:
	return (time - _edges[0]) / maxf(_edges[-1] - _edges[0], 0.001) * size.x


func _box(index: int) -> Rect2:
	var left := _place(_edges[index])
	var right := _place(_edges[index + 1])
	return Rect2(left + GAP, GAP, maxf(right - left - 2.0 * GAP, 1.0), size.y - 2.0 * GAP)

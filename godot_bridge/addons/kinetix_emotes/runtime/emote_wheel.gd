@tool
@icon("../icons/emote_wheel.svg")
class_name EmoteWheel
extends Control
## A wheel of emotes in pages, for mouse, pad, touch and keys.
##
## Open it with [method open], for example while a key is held; choosing a slot plays it on
## [member player] and closes the wheel.

## The player chose an emote.
signal emote_chosen(emote: StringName)
## Another page is shown.
signal page_changed(page: int)
## The wheel was opened.
signal opened
## The wheel was closed, with or without a choice.
signal closed

const DEAD_STICK := 0.35
const STEPS := 12

## What is on the wheel.
@export var slots: Array[EmoteSlot] = []:
	set(value):
		slots = value
		_model.count = slots.size()
		queue_redraw()
		update_configuration_warnings()
## Slots on one page.
@export_range(2, 12) var per_page := 8:
	set(value):
		per_page = value
		_model.per_page = value
		queue_redraw()
## Plays what is chosen.
@export var player: EmotePlayer:
	set(value):
		player = value
		update_configuration_warnings()
## Colour of the slots.
@export var color := Color(0.1, 0.11, 0.14, 0.82)
## Colour of the slot that is pointed at.
@export var selected_color := Color(0.33, 0.45, 0.95, 0.95)
## Share of the radius that is left open in the middle.
@export_range(0.1, 0.8, 0.05) var hole := 0.35
## The pad's stick that points.
@export var stick_x := JOY_AXIS_RIGHT_X
## The pad's other axis.
@export var stick_y := JOY_AXIS_RIGHT_Y

var _model := EmoteWheelModel.new()
var _stick := Vector2.ZERO


func _ready() -> void:
	_model.per_page = per_page
	_model.count = slots.size()
	if not Engine.is_editor_hint():
		focus_mode = Control.FOCUS_ALL
		hide()


func _get_configuration_warnings() -> PackedStringArray:
	var warnings := PackedStringArray()
	if slots.is_empty():
		warnings.append("The wheel is empty. Add slots with emotes.")
	if not player:
		warnings.append("Set Player to an EmotePlayer, or use the signal emote_chosen.")
	return warnings


## Shows the wheel.
func open() -> void:
	_model.selected = -1
	show()
	grab_focus()
	queue_redraw()
	opened.emit()


## Hides the wheel. [param choose] takes the slot that is pointed at.
func close(choose := false) -> void:
	if not visible:
		return
	hide()
	if choose and _model.chosen() >= 0:
		var emote := slots[_model.chosen()].emote
		emote_chosen.emit(emote)
		if player:
			player.play(emote)
	closed.emit()


## Shows the page [param step] further on, around the end.
func turn_page(step: int) -> void:
	if _model.turn(step):
		page_changed.emit(_model.page)
	queue_redraw()


## The page that is shown, from 0.
func get_page() -> int:
	return _model.page


## Index in [member slots] of what is pointed at, or -1.
func get_selected() -> int:
	return _model.chosen()


func _gui_input(event: InputEvent) -> void:
	if event is InputEventMouseMotion:
		_point((event as InputEventMouseMotion).position)
	elif event is InputEventScreenDrag:
		_point((event as InputEventScreenDrag).position)
	elif event is InputEventScreenTouch:
		var touch := event as InputEventScreenTouch
		_point(touch.position)
		if not touch.pressed:
			close(true)
		accept_event()
	elif event is InputEventMouseButton and (event as InputEventMouseButton).pressed:
		_click(event as InputEventMouseButton)
		accept_event()


func _unhandled_input(event: InputEvent) -> void:
	if not visible:
		return
	if event is InputEventJoypadMotion:
		_tilt(event as InputEventJoypadMotion)
	elif event.is_action_pressed(&"ui_accept"):
		close(true)
	elif event.is_action_pressed(&"ui_cancel"):
		close()
	elif event.is_action_pressed(&"ui_page_down") or _is_button(event, JOY_BUTTON_RIGHT_SHOULDER):
		turn_page(1)
	elif event.is_action_pressed(&"ui_page_up") or _is_button(event, JOY_BUTTON_LEFT_SHOULDER):
		turn_page(-1)
	elif event.is_action_pressed(&"ui_right") or event.is_action_pressed(&"ui_down"):
		_step(1)
	elif event.is_action_pressed(&"ui_left") or event.is_action_pressed(&"ui_up"):
		_step(-1)
	else:
		return
	get_viewport().set_input_as_handled()


func _draw() -> void:
	var radius := _radius()
	for index: int in _model.shown():
		var slot := slots[_model.page * per_page + index]
		var is_selected := index == _model.selected
		var middle := TAU * index / _model.shown() - PI / 2.0
		var half := PI / _model.shown() * 0.96
		_draw_segment(radius, middle, half, selected_color if is_selected else color)
		var place := size / 2.0 + Vector2.from_angle(middle) * radius * (1.0 + hole) / 2.0
		_draw_slot(slot, place, radius * 0.3)
	var font := get_theme_default_font()
	var text := "%d / %d" % [_model.page + 1, _model.pages()]
	if _model.selected >= 0:
		text = slots[_model.chosen()].label()
	var width := radius * hole * 1.8
	var at := size / 2.0 - Vector2(width / 2.0, -6.0)
	draw_string(font, at, text, HORIZONTAL_ALIGNMENT_CENTER, width)


func _draw_segment(radius: float, middle: float, half: float, fill: Color) -> void:
	var points := PackedVector2Array()
	for step: int in STEPS + 1:
		var angle := middle - half + 2.0 * half * step / STEPS
		points.append(size / 2.0 + Vector2.from_angle(angle) * radius)
	for step: int in STEPS + 1:
		var angle := middle + half - 2.0 * half * step / STEPS
		points.append(size / 2.0 + Vector2.from_angle(angle) * radius * hole)
	draw_colored_polygon(points, fill)


func _draw_slot(slot: EmoteSlot, place: Vector2, extent: float) -> void:
	if slot.thumbnail:
		var box := Rect2(place - Vector2.ONE * extent / 2.0, Vector2.ONE * extent)
		draw_texture_rect(slot.thumbnail, box, false)
		return
	var font := get_theme_default_font()
	var at := place - Vector2(extent, -5.0)
	draw_string(font, at, slot.label(), HORIZONTAL_ALIGNMENT_CENTER, extent * 2.0)


func _radius() -> float:
	return minf(size.x, size.y) / 2.0


func _point(place: Vector2) -> void:
	_model.point(place - size / 2.0, _radius() * hole)
	queue_redraw()


func _click(event: InputEventMouseButton) -> void:
	match event.button_index:
		MOUSE_BUTTON_LEFT:
			_point(event.position)
			close(true)
		MOUSE_BUTTON_RIGHT:
			close()
		MOUSE_BUTTON_WHEEL_DOWN:
			turn_page(1)
		MOUSE_BUTTON_WHEEL_UP:
			turn_page(-1)


func _tilt(event: InputEventJoypadMotion) -> void:
	if event.axis == stick_x:
		_stick.x = event.axis_value
	elif event.axis == stick_y:
		_stick.y = event.axis_value
	# Letting the stick go keeps the choice, so that it can be confirmed.
	if _stick.length() >= DEAD_STICK:
		_model.point(_stick, DEAD_STICK)
		queue_redraw()


func _step(by: int) -> void:
	if _model.shown() > 0:
		_model.selected = posmod(_model.selected + by, _model.shown())
		queue_redraw()


static func _is_button(event: InputEvent, button: JoyButton) -> bool:
	var pad := event as InputEventJoypadButton
	return pad != null and pad.pressed and pad.button_index == button

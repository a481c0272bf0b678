@tool
@icon("../../icons/emote_wheel.svg")
class_name EmoteWheel
extends Control
## A wheel of emotes in pages, for mouse, pad, touch and keys.
##
## Without slots it shows what [member player] can play. A slot without a thumbnail shows the picture
## beside the emote's file, if there is one. Open it with [method open], for example while a key is
## held; choosing a slot plays it on [member player] and closes the wheel. A captured mouse is released
## meanwhile. With several pages a click or touch in the middle turns them, left of it back and right of
## it on; with one page it closes the wheel.

## The player chose an emote.
signal emote_chosen(emote: StringName)
## Another page is shown.
signal page_changed(page: int)
## The wheel was opened.
signal opened
## The wheel was closed, with or without a choice.
signal closed

const DEAD_STICK := 0.35
## Share of the control's shorter side that the wheel takes.
const SHARE := 0.94

## What is on the wheel.
@export var slots: Array[EmoteSlot] = []:
	set(value):
		slots = value
		_take_slots()
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
var _filled: Array[EmoteSlot] = []
var _pictures: Dictionary[StringName, Texture2D] = {}
var _mouse_before := Input.MOUSE_MODE_VISIBLE
var _stick := Vector2.ZERO


func _ready() -> void:
	_model.per_page = per_page
	_take_slots()
	if not Engine.is_editor_hint():
		focus_mode = Control.FOCUS_ALL
		hide()


func _notification(what: int) -> void:
	if Engine.is_editor_hint():
		return
	var is_free := Input.mouse_mode in [Input.MOUSE_MODE_VISIBLE, Input.MOUSE_MODE_CONFINED]
	if what == NOTIFICATION_VISIBILITY_CHANGED and is_visible_in_tree():
		if not is_free:
			_mouse_before = Input.mouse_mode
			Input.mouse_mode = Input.MOUSE_MODE_VISIBLE
	elif what == NOTIFICATION_VISIBILITY_CHANGED or what == NOTIFICATION_EXIT_TREE:
		if is_free and _mouse_before != Input.MOUSE_MODE_VISIBLE:
			Input.mouse_mode = _mouse_before
		_mouse_before = Input.MOUSE_MODE_VISIBLE


func _get_configuration_warnings() -> PackedStringArray:
	var warnings := PackedStringArray()
	if slots.is_empty() and not player:
		warnings.append("The wheel is empty. Add slots with emotes, or set Player.")
	elif null in slots:
		warnings.append("A place on the wheel is empty. Choose New EmoteSlot for it, or remove it.")
	if not player:
		warnings.append("Set Player to an EmotePlayer, or use the signal emote_chosen.")
	return warnings


## Shows the wheel.
func open() -> void:
	_fill()
	_pictures.clear()
	_take_slots()
	_model.selected = -1
	_stick = Vector2.ZERO
	show()
	grab_focus()
	queue_redraw()
	opened.emit()


## Hides the wheel. [param choose] takes the slot that is pointed at.
func close(choose := false) -> void:
	if not visible:
		return
	hide()
	var slot := _slot(_model.chosen())
	if choose and slot:
		emote_chosen.emit(slot.emote)
		if player:
			player.play(slot.emote)
	closed.emit()


## Shows the page [param step] further on, around the end.
func turn_page(step: int) -> void:
	if _model.turn(step):
		page_changed.emit(_model.page)
	queue_redraw()


## The page that is shown, from 0.
func get_page() -> int:
	return _model.page


## Index of what is pointed at in [member slots], or among the player's emotes where there are none; -1 for nothing.
func get_selected() -> int:
	return _model.chosen()


func _gui_input(event: InputEvent) -> void:
	if event.device == InputEvent.DEVICE_ID_EMULATION:
		return  # a mouse that the engine makes of a touch, or the reverse
	if event is InputEventMouseMotion:
		_point((event as InputEventMouseMotion).position)
	elif event is InputEventScreenDrag:
		_point((event as InputEventScreenDrag).position)
	elif event is InputEventScreenTouch:
		var touch := event as InputEventScreenTouch
		_point(touch.position)
		if not touch.pressed:
			_release(touch.position)
		accept_event()
	elif event is InputEventMouseButton and (event as InputEventMouseButton).pressed:
		_click(event as InputEventMouseButton)
		accept_event()
	elif _take_key(event):
		accept_event()  # or the arrows would go on to the control beside the wheel


# While another control has the focus.
func _unhandled_input(event: InputEvent) -> void:
	if visible and _take_key(event):
		get_viewport().set_input_as_handled()


# Keys and pad. Returns false for what means nothing here.
func _take_key(event: InputEvent) -> bool:
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
		return false
	return true


func _draw() -> void:
	if _radius() < 1.0:
		return
	_model.count = _shown_slots().size()
	var painter := EmoteWheelPainter.new(self, _radius(), hole)
	for index: int in _model.shown():
		var fill := selected_color if index == _model.selected else color
		painter.segment(index, _model.shown(), fill)
	for index: int in _model.shown():
		var slot := _slot(_model.page * per_page + index)
		if slot:
			painter.content(index, _model.shown(), slot.label(), _picture(slot))
	var chosen := _slot(_model.chosen())
	var text := chosen.label() if chosen else ""
	painter.middle(text, _model.page, _model.pages(), color)


# The slots may have changed without being set again.
func _take_slots() -> void:
	_model.count = _shown_slots().size()
	_model.page = mini(_model.page, _model.pages() - 1)
	for slot: EmoteSlot in _shown_slots():
		if slot and not slot.changed.is_connected(queue_redraw):
			slot.changed.connect(queue_redraw)
	queue_redraw()


# A slot for each emote of the player, in the order of their names.
func _fill() -> void:
	_filled.clear()
	if not slots.is_empty() or not player:
		return
	var emotes := player.get_emotes()
	emotes.sort()
	for emote: String in emotes:
		var slot := EmoteSlot.new()
		slot.emote = emote
		_filled.append(slot)


func _shown_slots() -> Array[EmoteSlot]:
	return _filled if slots.is_empty() else slots


# Null for an empty place in the list too.
func _slot(index: int) -> EmoteSlot:
	var shown := _shown_slots()
	return shown[index] if index >= 0 and index < shown.size() else null


func _picture(slot: EmoteSlot) -> Texture2D:
	if slot.thumbnail or not player:
		return slot.thumbnail
	if not _pictures.has(slot.emote):
		_pictures[slot.emote] = player.find_thumbnail(slot.emote)
	return _pictures[slot.emote]


func _radius() -> float:
	return minf(size.x, size.y) / 2.0 * SHARE


func _point(place: Vector2) -> void:
	_model.point(place - size / 2.0, _radius() * hole)
	queue_redraw()


func _click(event: InputEventMouseButton) -> void:
	match event.button_index:
		MOUSE_BUTTON_LEFT:
			_point(event.position)
			_release(event.position)
		MOUSE_BUTTON_RIGHT:
			close()
		MOUSE_BUTTON_WHEEL_DOWN:
			turn_page(1)
		MOUSE_BUTTON_WHEEL_UP:
			turn_page(-1)


# Chooses, or in the middle turns the page.
func _release(place: Vector2) -> void:
	if _model.selected < 0 and _model.pages() > 1:
		turn_page(1 if place.x >= size.x / 2.0 else -1)
	else:
		close(true)


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

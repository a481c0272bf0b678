@tool
extends VBoxContainer
## Plays an emote, or all people of a take, from the GLB files. Drag turns, the wheel zooms.

const Look := preload("../look.gd")
const Stage := preload("preview_stage.gd")
const Person := preload("preview_person.gd")
const Words := preload("../words.gd")
const EYE_LEVEL := 0.95
## Remaining share of the camera's distance to its target after a second.
const LAG := 0.02
## Distance of the camera from a single figure, metres.
const DISTANCE := 3.2
## Radius of a figure on the floor, metres.
const BODY := 0.6

## The shown file, of several people that of the first; empty when none is.
var shown_file := ""

var _stage: Stage
var _middle := Vector3(0, EYE_LEVEL, 0)
var _yaw := 0.4
var _pitch := 0.15
var _distance := DISTANCE
var _character_path := ""

@onready var _container: SubViewportContainer = %View
@onready var _viewport: SubViewport = %World
@onready var _camera: Camera3D = %Camera
@onready var _scrub: HSlider = %Scrub
@onready var _play: Button = %Play
@onready var _speed: SpinBox = %Speed
@onready var _loops: Button = %Loop
@onready var _problem: Label = %Problem
@onready var _hint: Label = %NothingShown


func _ready() -> void:
	_place_camera()
	_show_state()


func _process(delta: float) -> void:
	if not _stage or not is_visible_in_tree():
		return
	var middle := _middle.lerp(_standing_at(), 1.0 - pow(LAG, delta))
	if not middle.is_equal_approx(_middle):  # a moved camera redraws the editor's whole window
		_middle = middle
		_place_camera()
	var playing := player()
	if playing.is_playing() and not _scrub.has_focus():
		_scrub.set_value_no_signal(playing.current_animation_position)
	elif not playing.is_playing() and _play.button_pressed and not _loops.button_pressed:
		_play.set_pressed_no_signal(false)
		_show_state()


## Show the emote in a file anywhere on the disk. Return whether it can be shown.
func show_file(path: String) -> bool:
	return show_people([Person.new(path)])


## Show the people of a take at their positions and times. Return whether any can be shown.
func show_people(people: Array[Person]) -> bool:
	clear()
	_stage = Stage.new(people)
	_viewport.add_child(_stage)
	return show_again()


## Read the files again and show them on the chosen figure. Return whether any can be shown.
func show_again() -> bool:
	if not _stage:
		return false
	var is_shown := _stage.dress(_character_path)
	var problem := _stage.problem()
	if is_shown:
		shown_file = _stage.people[0].file
		_begin()
	else:
		clear()
	Look.say(_problem, problem)
	_show_state()
	return is_shown


## Choose a character scene of the project, or the mannequin for an empty path.
func set_character(path: String) -> void:
	if path != _character_path:
		_character_path = path
		show_again()


func show_time(time: float) -> void:
	_scrub.value = time


func clear() -> void:
	shown_file = ""
	Look.say(_problem, "")
	if _stage:
		_viewport.remove_child(_stage)
		_stage.queue_free()
		_stage = null
	_show_state()


func player() -> AnimationPlayer:
	return _stage.player if _stage else null


func _begin() -> void:
	_set_looping(_loops.button_pressed)
	player().speed_scale = _speed.value
	_scrub.max_value = _stage.length()
	player().play(Stage.TOGETHER)
	player().advance(0.0)
	_middle = _standing_at()
	_place_camera()
	_play.set_pressed_no_signal(true)


func _show_state() -> void:
	if not is_node_ready():  # the theme comes first
		return
	var is_shown := _stage != null
	_hint.visible = not is_shown
	_play.disabled = not is_shown
	_scrub.editable = is_shown
	var pauses := is_shown and _play.button_pressed
	_play.icon = get_theme_icon(&"Pause" if pauses else &"Play", Look.ICONS)
	_play.tooltip_text = Words.translated("Pause") if pauses else Words.translated("Play")


func _set_looping(looping: bool) -> void:
	if not _stage:
		return
	var mode := Animation.LOOP_LINEAR if looping else Animation.LOOP_NONE
	player().get_animation(Stage.TOGETHER).loop_mode = mode
	if looping and _play.button_pressed and not player().is_playing():
		player().play(Stage.TOGETHER)


func _on_play_toggled(pressed: bool) -> void:
	_show_state()
	if not _stage:
		return
	if pressed:
		player().play(Stage.TOGETHER)
	else:
		player().pause()


func _on_scrubbed(time: float) -> void:
	if _stage:
		_play.button_pressed = false
		player().current_animation = Stage.TOGETHER
		player().seek(time, true)
		player().pause()


func _on_speed_changed(speed: float) -> void:
	if _stage:
		player().speed_scale = speed


func _on_view_input(event: InputEvent) -> void:
	if event is InputEventMouseMotion:
		var motion := event as InputEventMouseMotion
		if motion.button_mask & MOUSE_BUTTON_MASK_LEFT:
			_yaw -= motion.relative.x * 0.01
			_pitch = clampf(_pitch + motion.relative.y * 0.01, -0.2, 1.4)
			_place_camera()
	elif event is InputEventMouseButton and event.is_pressed():
		var button := (event as InputEventMouseButton).button_index
		if button == MOUSE_BUTTON_WHEEL_UP:
			_distance = maxf(1.0, _distance * 0.9)
		elif button == MOUSE_BUTTON_WHEEL_DOWN:
			_distance = minf(12.0, _distance * 1.1)
		_place_camera()


func _place_camera() -> void:
	if not is_node_ready():
		return
	var away := Vector3(sin(_yaw) * cos(_pitch), sin(_pitch), cos(_yaw) * cos(_pitch))
	_camera.look_at_from_position(_middle + away * (_distance * _farther()), _middle)


## Returns the factor of the camera's distance at which it sees all people from every side.
func _farther() -> float:
	if not _stage or _stage.reach == 0.0:
		return 1.0
	var shape := _container.size.x / maxf(_container.size.y, 1.0)
	var half := atan(tan(deg_to_rad(_camera.fov) / 2.0) * shape)
	return maxf(DISTANCE + _stage.reach, (_stage.reach + BODY) / sin(half)) / DISTANCE


func _standing_at() -> Vector3:
	var middle := _stage.standing_at() if _stage else Vector3.ZERO
	return Vector3(middle.x, EYE_LEVEL, middle.z)

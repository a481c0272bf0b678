@tool
extends VBoxContainer
## Plays an emote in the dock, straight from its GLB, or those of everybody of a take at once: drag to turn, wheel to
## come closer. The camera goes along with the figures.

const Look := preload("../look.gd")
const PreviewWorld := preload("preview_world.gd")
const Stage := preload("preview_stage.gd")
const Person := preload("preview_person.gd")
const Words := preload("../words.gd")
const WINDOW := Vector2(200, 220)
const EYE_LEVEL := 0.95
## Remaining share of the camera's distance to its target after a second.
const LAG := 0.02
## Distance of the camera from a single figure, metres.
const DISTANCE := 3.2
## Radius of a figure on the floor, metres.
const BODY := 0.6

## The file that is shown, of several people that of the first; empty when none is.
var shown_file := ""

var _container: SubViewportContainer
var _viewport: SubViewport
var _camera: Camera3D
var _stage: Stage
var _middle := Vector3(0, EYE_LEVEL, 0)
var _scrub: HSlider
var _play: Button
var _speed: SpinBox
var _loops: Button
var _problem: Label
var _hint: Label
var _yaw := 0.4
var _pitch := 0.15
var _distance := DISTANCE
var _character_path := ""


func _init() -> void:
	name = "Preview"
	_container = SubViewportContainer.new()
	_container.name = "View"
	_container.stretch = true
	_container.custom_minimum_size = WINDOW
	_container.size_flags_vertical = Control.SIZE_EXPAND_FILL
	_container.gui_input.connect(_on_view_input)
	_container.resized.connect(_place_camera)
	add_child(_container)
	_viewport = SubViewport.new()
	_viewport.own_world_3d = true
	_viewport.render_target_update_mode = SubViewport.UPDATE_WHEN_VISIBLE
	_container.add_child(_viewport)
	_camera = PreviewWorld.build(_viewport)
	_place_camera()
	_build_controls()
	_hint = Look.hint("NothingShown", Words.translated("Select an emote to preview it."))
	_hint.set_anchors_and_offsets_preset(Control.PRESET_FULL_RECT)
	_hint.mouse_filter = Control.MOUSE_FILTER_IGNORE
	_hint.add_theme_color_override(&"font_color", Color.WHITE)
	_hint.modulate.a = 1.0  # it stands on the world's floor, not on the editor's ground
	var over := Control.new()  # the container would lay the hint out as a viewport
	over.set_anchors_and_offsets_preset(Control.PRESET_FULL_RECT)
	over.mouse_filter = Control.MOUSE_FILTER_IGNORE
	over.add_child(_hint)
	_container.add_child(over)
	theme_changed.connect(_show_state)


func _process(delta: float) -> void:
	if not _stage or not is_visible_in_tree():
		return
	var middle := _middle.lerp(_standing_at(), 1.0 - pow(LAG, delta))
	if not middle.is_equal_approx(_middle):  # a camera that is placed anew lets the editor draw its whole window
		_middle = middle
		_place_camera()
	var playing := player()
	if playing.is_playing() and not _scrub.has_focus():
		_scrub.set_value_no_signal(playing.current_animation_position)
	elif not playing.is_playing() and _play.button_pressed and not _loops.button_pressed:
		_play.set_pressed_no_signal(false)
		_show_state()


## Shows the emote in [param path], anywhere on the disk. Returns false when it cannot be shown.
func show_file(path: String) -> bool:
	return show_people([Person.new(path)])


## Shows those of a take together, each at its place and time. Returns false when nobody can be shown.
func show_people(people: Array[Person]) -> bool:
	clear()
	_stage = Stage.new(people)
	_viewport.add_child(_stage)
	return show_again()


## Reads the files anew, and shows them on the figure that is chosen by now. Returns false when there is nothing to show.
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


## Shows emotes on a character scene of the project instead of the mannequin; empty goes back.
func set_character(path: String) -> void:
	if path != _character_path:
		_character_path = path
		show_again()


## Pauses at a time, in seconds.
func show_time(time: float) -> void:
	_scrub.value = time


## Takes the figures away.
func clear() -> void:
	shown_file = ""
	Look.say(_problem, "")
	if _stage:
		_viewport.remove_child(_stage)
		_stage.queue_free()
		_stage = null
	_show_state()


## Returns the preview's image for tests, or null without a renderer.
func picture() -> Image:
	return _viewport.get_texture().get_image()


## Returns the player of the emotes shown, or null.
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


func _build_controls() -> void:
	var row := HBoxContainer.new()
	add_child(row)
	_play = Button.new()
	_play.name = "Play"
	_play.toggle_mode = true
	_play.toggled.connect(_on_play_toggled)
	row.add_child(_play)
	_scrub = HSlider.new()
	_scrub.name = "Scrub"
	_scrub.step = 0.001
	_scrub.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	_scrub.size_flags_vertical = Control.SIZE_SHRINK_CENTER
	_scrub.value_changed.connect(_on_scrubbed)
	row.add_child(_scrub)
	# An icon alone: *Loop* below is the emote's own.
	_loops = Look.icon_button(
		&"Loop", Words.translated("Repeats the preview; the emote stays as it is.")
	)
	_loops.name = "Loop"
	_loops.toggle_mode = true
	_loops.button_pressed = true
	_loops.toggled.connect(_set_looping)
	row.add_child(_loops)
	_speed = SpinBox.new()
	Words.keep_menu(_speed.get_line_edit())
	_speed.name = "Speed"
	_speed.min_value = 0.1
	_speed.max_value = 3.0
	_speed.step = 0.1
	_speed.value = 1.0
	_speed.suffix = "×"
	_speed.tooltip_text = Words.translated("Preview speed")
	_speed.value_changed.connect(_on_speed_changed)
	row.add_child(_speed)
	_problem = Look.text("Problem")
	add_child(_problem)


func _show_state() -> void:
	if not is_inside_tree():
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
	var away := Vector3(sin(_yaw) * cos(_pitch), sin(_pitch), cos(_yaw) * cos(_pitch))
	_camera.look_at_from_position(_middle + away * (_distance * _farther()), _middle)


## Returns the factor of the camera's distance at which it sees all people from every side.
func _farther() -> float:
	if not _stage or _stage.reach == 0.0:
		return 1.0
	var shape := _container.size.x / maxf(_container.size.y, 1.0)
	var half := atan(tan(deg_to_rad(_camera.fov) / 2.0) * shape)
	return maxf(DISTANCE + _stage.reach, (_stage.reach + BODY) / sin(half)) / DISTANCE


## The middle of the figures over the floor, at eye level.
func _standing_at() -> Vector3:
	var middle := _stage.standing_at() if _stage else Vector3.ZERO
	return Vector3(middle.x, EYE_LEVEL, middle.z)

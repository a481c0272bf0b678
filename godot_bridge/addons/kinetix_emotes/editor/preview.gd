@tool
extends VBoxContainer
## Plays an emote in the dock, straight from its GLB: drag to turn, wheel to come closer. The camera
## goes along with the figure.

const Look := preload("look.gd")
const PreviewWorld := preload("preview_world.gd")
const WINDOW := Vector2(200, 220)
const EYE_LEVEL := 0.95
## How much of the way to the figure is left after a second.
const LAG := 0.02

## The file that is shown; empty when none is.
var shown_file := ""

var _container: SubViewportContainer
var _viewport: SubViewport
var _camera: Camera3D
var _figure: Node
var _skeleton: Skeleton3D
var _middle := Vector3(0, EYE_LEVEL, 0)
var _player: AnimationPlayer
var _scrub: HSlider
var _play: Button
var _speed: SpinBox
var _loops: CheckBox
var _problem: Label
var _hint: Label
var _yaw := 0.4
var _pitch := 0.15
var _distance := 3.2
var _clip := &""
var _character_path := ""


func _init() -> void:
	name = "Preview"
	_container = SubViewportContainer.new()
	_container.name = "View"
	_container.stretch = true
	_container.custom_minimum_size = WINDOW
	_container.size_flags_vertical = Control.SIZE_EXPAND_FILL
	_container.gui_input.connect(_on_view_input)
	add_child(_container)
	_viewport = SubViewport.new()
	_viewport.own_world_3d = true
	_viewport.render_target_update_mode = SubViewport.UPDATE_WHEN_VISIBLE
	_container.add_child(_viewport)
	_camera = PreviewWorld.build(_viewport)
	_place_camera()
	_build_controls()
	_hint = Look.hint("NothingShown", "Choose an emote to see it here.")
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
	if not _player or not is_visible_in_tree():
		return
	var middle := _middle.lerp(_standing_at(), 1.0 - pow(LAG, delta))
	if not middle.is_equal_approx(_middle):  # a camera that is placed anew lets the editor draw its whole window
		_middle = middle
		_place_camera()
	if _player.is_playing() and not _scrub.has_focus():
		_scrub.set_value_no_signal(_player.current_animation_position)
	elif not _player.is_playing() and _play.button_pressed and not _loops.button_pressed:
		_play.set_pressed_no_signal(false)
		_show_state()


## Shows the emote in [param path], anywhere on the disk. Returns false when it cannot be shown.
func show_file(path: String) -> bool:
	clear()
	var bytes := FileAccess.get_file_as_bytes(path)
	if bytes.is_empty():
		Look.say(_problem, "The file is not there.")
		return false
	var state := GLTFState.new()
	var document := GLTFDocument.new()
	if document.append_from_buffer(bytes, "", state) != OK:
		Look.say(_problem, "The file cannot be shown. Export it again, or choose another emote.")
		return false
	var scene := document.generate_scene(state)
	if not scene or not _put_on(scene, EmoteClip.from_glb(bytes)):
		if scene:
			scene.free()
		Look.say(_problem, "There is no animation in the file. Choose another emote.")
		return false
	shown_file = path
	_show_state()
	return true


## Shows emotes on a character scene of the project instead of the mannequin; empty goes back.
func set_character(path: String) -> void:
	if path == _character_path:
		return
	_character_path = path
	if not shown_file.is_empty():
		show_file(shown_file)


## Takes the figure away.
func clear() -> void:
	shown_file = ""
	Look.say(_problem, "")
	_player = null
	_skeleton = null
	if _figure:
		_viewport.remove_child(_figure)
		_figure.queue_free()
		_figure = null
	_show_state()


## What the camera sees, for tests. Null without a renderer.
func picture() -> Image:
	return _viewport.get_texture().get_image()


## The player of the emote that is shown, or null.
func player() -> AnimationPlayer:
	return _player


func _put_on(scene: Node, clip: EmoteClip) -> bool:
	var players := scene.find_children("*", "AnimationPlayer", true, false)
	if players.is_empty():
		return false
	if _character_path.is_empty() or not _put_on_character(scene, clip):
		_draw_importer_meshes(scene)
		_figure = scene
		_player = players[0] as AnimationPlayer
		_viewport.add_child(scene)
	for found: Node in _figure.find_children("*", "Skeleton3D", true, false):
		_skeleton = found as Skeleton3D
		break
	_clip = _player.get_animation_list()[0]
	_set_looping(_loops.button_pressed)
	_player.speed_scale = _speed.value
	_scrub.max_value = _player.get_animation(_clip).length
	_player.play(_clip)
	_player.advance(0.0)
	_middle = _standing_at()
	_place_camera()
	_play.set_pressed_no_signal(true)
	return true


func _put_on_character(scene: Node, clip: EmoteClip) -> bool:
	var packed := load(_character_path) as PackedScene
	if not packed or not clip:
		return false
	var character := packed.instantiate()
	var skeletons := character.find_children("*", "Skeleton3D", true, false)
	if skeletons.is_empty():
		character.free()
		Look.say(_problem, "The character has no Skeleton3D; shown on the mannequin.")
		return false
	var skeleton := skeletons[0] as Skeleton3D
	if not EmotePlayer.Humanoid.bones_of(skeleton).has("Hips"):
		Look.say(
			_problem, "This character has no bone map yet: press Map bones. Shown on the mannequin."
		)
		character.free()
		return false
	var library := AnimationLibrary.new()
	var path := character.get_path_to(skeleton)
	library.add_animation(&"emote", EmoteRetarget.make(clip, skeleton, path))
	_player = AnimationPlayer.new()
	_player.add_animation_library(&"", library)
	character.add_child(_player)
	_figure = character
	_viewport.add_child(character)
	scene.free()
	return true


## In the editor a GLB is generated with importer meshes, which are never drawn.
static func _draw_importer_meshes(scene: Node) -> void:
	for found: Node in scene.find_children("*", "ImporterMeshInstance3D", true, false):
		var source := found as ImporterMeshInstance3D
		var drawn := MeshInstance3D.new()
		drawn.mesh = source.mesh.get_mesh()
		drawn.skin = source.skin
		drawn.transform = source.transform
		var skeleton := source.skeleton_path
		source.replace_by(drawn)
		drawn.skeleton = skeleton
		source.free()


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
	_loops = CheckBox.new()
	_loops.name = "Loop"
	_loops.text = "Loop"
	_loops.button_pressed = true
	_loops.tooltip_text = "Begins again at the end, in this preview only."
	_loops.toggled.connect(_set_looping)
	row.add_child(_loops)
	_speed = SpinBox.new()
	_speed.name = "Speed"
	_speed.min_value = 0.1
	_speed.max_value = 3.0
	_speed.step = 0.1
	_speed.value = 1.0
	_speed.suffix = "×"
	_speed.tooltip_text = "How fast the preview plays."
	_speed.value_changed.connect(_on_speed_changed)
	row.add_child(_speed)
	_problem = Look.text("Problem")
	add_child(_problem)


func _show_state() -> void:
	if not is_inside_tree():
		return
	var is_shown := _player != null
	_hint.visible = not is_shown
	_play.disabled = not is_shown
	_scrub.editable = is_shown
	var icon := &"Pause" if is_shown and _play.button_pressed else &"Play"
	_play.icon = get_theme_icon(icon, Look.ICONS)
	_play.tooltip_text = str(icon)


func _set_looping(looping: bool) -> void:
	if not _player:
		return
	var mode := Animation.LOOP_LINEAR if looping else Animation.LOOP_NONE
	_player.get_animation(_clip).loop_mode = mode
	if looping and _play.button_pressed and not _player.is_playing():
		_player.play(_clip)


func _on_play_toggled(pressed: bool) -> void:
	_show_state()
	if not _player:
		return
	if pressed:
		_player.play(_clip)
	else:
		_player.pause()


func _on_scrubbed(time: float) -> void:
	if _player:
		_play.button_pressed = false
		_player.current_animation = _clip
		_player.seek(time, true)
		_player.pause()


func _on_speed_changed(speed: float) -> void:
	if _player:
		_player.speed_scale = speed


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
	_camera.look_at_from_position(_middle + away * _distance, _middle)


## The middle of the figure over the floor, at eye level.
func _standing_at() -> Vector3:
	if not _skeleton or not _skeleton.get_bone_count():
		return Vector3(0, EYE_LEVEL, 0)
	var sum := Vector3.ZERO
	for bone: int in _skeleton.get_bone_count():
		sum += _skeleton.get_bone_global_pose(bone).origin
	var middle := _skeleton.global_transform * (sum / _skeleton.get_bone_count())
	return Vector3(middle.x, EYE_LEVEL, middle.z)

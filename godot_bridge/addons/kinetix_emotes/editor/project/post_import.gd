@tool
extends EditorScenePostImportPlugin
## Import options of an emote, stored in its `.import` file.

enum Loop { AS_IN_FILE, NONE, LINEAR, PING_PONG }

const ID := "kinetix/emote_id"
const NAME := "kinetix/name"
const LOOP := "kinetix/loop"
const IN_PLACE := "kinetix/in_place"
## In the order of [enum Loop], without comma or colon, which separate choices.
const LOOPS: PackedStringArray = ["As in the file", "None", "Linear", "Ping-pong"]

const Humanoid := preload("../../runtime/humanoid.gd")
const Words := preload("../words.gd")

## Name of a clip → bones with a track before Godot's retargeting adds all others.
var _moved: Dictionary[StringName, PackedInt32Array] = {}


func _get_import_options(path: String) -> void:
	if not path.is_empty() and path.get_extension().to_lower() != "glb":
		return
	add_import_option(ID, "")
	add_import_option(NAME, "")
	var choices := PackedStringArray()
	for choice: int in LOOPS.size():
		choices.append(Words.translated(LOOPS[choice]))
	add_import_option_advanced(TYPE_INT, LOOP, 0, PROPERTY_HINT_ENUM, ",".join(choices))
	add_import_option(IN_PLACE, false)


func _pre_process(scene: Node) -> void:
	_moved.clear()
	var skeleton := _skeleton_of(scene)
	if not skeleton:
		return
	for player: AnimationPlayer in scene.find_children("*", "AnimationPlayer", true, false):
		for name: StringName in player.get_animation_list():
			var clip := player.get_animation(name)
			var bones := PackedInt32Array()
			for track: int in clip.get_track_count():
				bones.append(_bone_of(skeleton, clip, track))
			_moved[name] = bones


func _post_process(scene: Node) -> void:
	var loop := clampi(int(str(get_option_value(LOOP))), Loop.AS_IN_FILE, Loop.PING_PONG)
	var in_place: Variant = get_option_value(IN_PLACE)
	for player: AnimationPlayer in scene.find_children("*", "AnimationPlayer", true, false):
		for name: StringName in player.get_animation_list():
			var clip := player.get_animation(name)
			if loop != Loop.AS_IN_FILE:
				clip.loop_mode = (loop - 1) as Animation.LoopMode
			if in_place is bool and in_place:
				_hold_in_place(clip)
			_leave_legs(clip, _skeleton_of(scene), _moved.get(name, PackedInt32Array()))
			_describe(clip)


## Remove the lower body's tracks that Godot's retargeting added to an upper-body emote.
static func _leave_legs(clip: Animation, skeleton: Skeleton3D, moved: PackedInt32Array) -> void:
	if not skeleton or moved.is_empty():
		return
	var added: Array[int] = []
	for track: int in clip.get_track_count():
		var bone := _bone_of(skeleton, clip, track)
		var humanoid := skeleton.get_bone_name(bone) if bone >= 0 else ""
		if not Humanoid.parents.has(humanoid) or Humanoid.is_upper_body(humanoid):
			continue
		if moved.has(bone):
			return
		added.push_front(track)
	for track: int in added:
		clip.remove_track(track)


static func _skeleton_of(scene: Node) -> Skeleton3D:
	var found := scene.find_children("*", "Skeleton3D", true, false)
	return found[0] as Skeleton3D if found else null


static func _bone_of(skeleton: Skeleton3D, clip: Animation, track: int) -> int:
	return skeleton.find_bone(str(clip.track_get_path(track).get_concatenated_subnames()))


## Store the emote's name and id in the animation for the game.
func _describe(clip: Animation) -> void:
	var id := str(get_option_value(ID))
	var name := str(get_option_value(NAME))
	if not id.is_empty():
		clip.set_meta(&"kinetix_emote_id", id)
	if not name.is_empty():
		clip.set_meta(&"kinetix_name", name)


## Keep the hips over their start at their own height.
static func _hold_in_place(clip: Animation) -> void:
	for track: int in clip.get_track_count():
		if clip.track_get_type(track) != Animation.TYPE_POSITION_3D:
			continue
		for key: int in clip.track_get_key_count(track):
			var first: Vector3 = clip.track_get_key_value(track, 0)
			var here: Vector3 = clip.track_get_key_value(track, key)
			clip.track_set_key_value(track, key, Vector3(first.x, here.y, first.z))

@tool
@icon("../icons/emote_player.svg")
class_name EmotePlayer
extends Node
## Plays emotes on a character: from libraries in the project, or loaded at run time.
##
## Add it below a character, give it [member libraries] or an [AnimationPlayer]'s library, and call
## [method play]. Another animation of the same skeleton (walking, idling) may go on: the emote is
## faded in over it and out again, on the whole body or on the upper body only.

## An emote has begun.
signal emote_started(emote: StringName)
## An emote came to its end by itself.
signal emote_finished(emote: StringName)
## An emote was ended by [method stop] or by another emote.
signal emote_stopped(emote: StringName)
## A looping emote begins again.
signal emote_looped(emote: StringName)
## [method load_emote] is done and the emote can be played.
signal emote_loaded(emote: StringName)
## [method load_emote] did not work.
signal emote_failed(emote: StringName, reason: String)
## How far the hips would have travelled this frame, in the world, when root motion is not left in.
signal travelled(step: Vector3)

## What becomes of the travel of the hips.
enum RootMotion {
	## The figure moves away from its node, as in the file.
	AS_IN_FILE,
	## The figure stays over its node.
	IN_PLACE,
	## The travel moves [member body].
	APPLY,
}
## Whether an emote begins again at its end.
enum Loop { AS_IN_FILE, NEVER, ALWAYS }

const LIBRARY := &"emotes"
const HIPS_NAMES: PackedStringArray = ["Hips", "mixamorig_Hips", "mixamorig:Hips"]

## The skeleton to move. Left empty, the first one below the parent is taken.
@export var skeleton: Skeleton3D:
	set(value):
		skeleton = value
		_forget_skeleton()
		update_configuration_warnings()
## Libraries with emotes, for example the grouped [code]emotes.res[/code].
@export var libraries: Array[AnimationLibrary] = []:
	set(value):
		libraries = value
		_index.clear()
		update_configuration_warnings()
## How fast emotes play; 1 is as filmed.
@export_range(0.05, 4.0, 0.05, "or_greater") var rate := 1.0
## Seconds to fade an emote in.
@export_range(0.0, 2.0, 0.01, "suffix:s") var blend_in := 0.2
## Seconds to fade an emote out.
@export_range(0.0, 2.0, 0.01, "suffix:s") var blend_out := 0.25
## Whether emotes begin again at their end.
@export var loop := Loop.AS_IN_FILE
## True moves only the bones above the hips; the legs stay with the other animation.
@export var upper_body_only := false
## True adds the movement to the other animation instead of replacing it.
@export var additive := false
## What becomes of the travel of the hips.
@export var root_motion := RootMotion.AS_IN_FILE:
	set(value):
		root_motion = value
		update_configuration_warnings()
## The body that [constant RootMotion.APPLY] moves. Left empty, the nearest one above is taken.
@export var body: CharacterBody3D:
	set(value):
		body = value
		update_configuration_warnings()

## The emote that plays now; empty when none does.
var current: StringName = &""
## True between [method pause] and [method resume].
var is_paused := false

var _mixer: AnimationPlayer
var _library: AnimationLibrary
var _index: Dictionary[StringName, Animation] = {}
var _variants: Dictionary[String, StringName] = {}
var _queue: Array[StringName] = []
var _loader: EmoteLoader
var _pose := EmotePose.new()
var _hips := -1
var _clip: Animation
var _fade := 0.0
var _is_mixing := false
var _is_plain := false
var _is_leaving := false
var _loops := false
var _last_position := 0.0
var _last_hips := Vector3.ZERO
var _first_hips := Vector3.ZERO
var _end_hips := Vector3.ZERO


func _ready() -> void:
	set_process(false)
	set_physics_process(false)
	if Engine.is_editor_hint():
		return  # what is set in the editor would be saved with the scene
	process_priority = 10
	process_physics_priority = 10


func _exit_tree() -> void:
	if not current.is_empty():
		_end(&"emote_stopped")


func _process(delta: float) -> void:
	if not _is_plain or is_paused:
		_advance(delta)
		return
	# The usual frame: nothing but the mixer.
	_mixer.advance(delta * rate)
	var position := _mixer.current_animation_position
	if position < _last_position or position >= _clip.length:
		_after_mixer(delta)
	else:
		_last_position = position


func _physics_process(delta: float) -> void:
	_advance(delta)


func _get_configuration_warnings() -> PackedStringArray:
	var warnings := PackedStringArray()
	if not _nearest_skeleton():
		warnings.append(
			"No Skeleton3D was found. Put this node below a character, or set Skeleton."
		)
	if root_motion == RootMotion.APPLY and not _nearest_body():
		warnings.append("Root motion needs a CharacterBody3D above this node, or set Body.")
	return warnings


## Starts an emote. Returns false, with a warning that says what to do, when it is not known.
func play(emote: StringName, from := 0.0) -> bool:
	var animation := find_emote(emote)
	if not animation:
		push_warning("EmotePlayer: there is no emote “%s”. Known: %s" % [emote, _known()])
		return false
	if not _ready_to_play():
		push_warning("EmotePlayer: no Skeleton3D. Set Skeleton to the character's one.")
		return false
	var was := current
	var continues := not was.is_empty()
	current = emote
	_clip = animation
	_is_plain = false
	_is_leaving = false
	is_paused = false
	_loops = _wants_loop(animation)
	_start_pose(continues)
	_mixer.play(_variant(animation), blend_in if continues else 0.0)
	_mixer.seek(from, false)
	if not continues:
		_pose.restore()
	_last_position = from
	_note_hips(animation, from)
	if continues:
		emote_stopped.emit(was)
	_set_active(true)
	emote_started.emit(emote)
	return true


## Plays an emote after the ones before it have ended; at once when nothing plays.
func queue(emote: StringName) -> void:
	if current.is_empty() or _is_leaving:
		play(emote)
	else:
		_queue.append(emote)


## The emotes that wait.
func get_queue() -> Array[StringName]:
	return _queue.duplicate()


## Forgets the emotes that wait.
func clear_queue() -> void:
	_queue.clear()


## Fades the emote out. [param at_once] ends it in this frame.
func stop(at_once := false) -> void:
	_queue.clear()
	if current.is_empty():
		return
	if at_once or blend_out <= 0.0:
		_pose.restore()
		_end(&"emote_stopped")
	elif not _is_leaving:
		_leave()


## Holds the emote where it is.
func pause() -> void:
	is_paused = not current.is_empty()


## Goes on after [method pause].
func resume() -> void:
	is_paused = false


## True while an emote plays, is held or fades out.
func is_playing() -> bool:
	return not current.is_empty()


## Goes to a time of the emote, in seconds.
func seek(time: float) -> void:
	if current.is_empty():
		return
	_mixer.seek(clampf(time, 0.0, _clip.length), true)
	_last_position = _mixer.current_animation_position
	_note_hips(_clip, _last_position)


## Seconds from the start of the emote.
func get_position() -> float:
	return 0.0 if current.is_empty() else _last_position


## Length of the emote that plays, in seconds.
func get_length() -> float:
	return 0.0 if current.is_empty() else _clip.length


## Makes an animation playable under a name. Its tracks may be those of Godot's importer.
func add_emote(emote: StringName, animation: Animation) -> void:
	_index[emote] = animation


## The names of all emotes that can be played.
func get_emotes() -> PackedStringArray:
	_fill_index()
	return PackedStringArray(_index.keys())


## The animation of an emote, or null.
func find_emote(emote: StringName) -> Animation:
	if _index.has(emote):
		return _index[emote]
	_fill_index()
	return _index.get(emote)


## Loads a GLB or Kinanim file or address and makes it playable as [param emote]. Answers with
## [signal emote_loaded] or [signal emote_failed]. A Kinanim address can be played before all of it
## has come. [param extension] is for addresses whose path does not say it.
func load_emote(source: String, emote: StringName, extension := "") -> void:
	if not _ready_to_play():
		emote_failed.emit.call_deferred(
			emote, "No Skeleton3D. Set Skeleton to the character's one."
		)
		return
	if not _loader:
		_loader = EmoteLoader.new()
		_loader.prepared.connect(add_emote)
		_loader.loaded.connect(func(which: StringName) -> void: emote_loaded.emit(which))
		_loader.failed.connect(
			func(which: StringName, why: String) -> void: emote_failed.emit(which, why)
		)
		add_child(_loader, false, Node.INTERNAL_MODE_BACK)
	_loader.skeleton = skeleton
	_loader.skeleton_path = _skeleton_path()
	_loader.load_emote(source, emote, extension)


## Keeps a loaded source in the cache whatever else is loaded.
func pin(source: String, pinned := true) -> void:
	if _find_skeleton():
		EmoteLoader.cache.pin(EmoteLoader.key_of(source, skeleton, _skeleton_path()), pinned)


# ---- one frame


func _advance(delta: float) -> void:
	if is_paused or not is_instance_valid(skeleton):
		return
	if _is_mixing:
		_pose.capture()
	_mixer.advance(delta * rate)
	_after_mixer(delta)
	_is_plain = not _is_mixing and root_motion == RootMotion.AS_IN_FILE


func _after_mixer(delta: float) -> void:
	var position := _mixer.current_animation_position
	if not _mixer.is_playing():
		position = _clip.length
	if root_motion != RootMotion.AS_IN_FILE and _hips >= 0:
		_take_travel(position < _last_position, delta)
	if position < _last_position:
		emote_looped.emit(current)
	_last_position = position
	if _is_mixing:
		_mix(delta)
	if not _mixer.is_playing() and not _is_leaving and not current.is_empty():
		_reach_end()


func _mix(delta: float) -> void:
	_fade = maxf(0.0, _fade - delta)
	if _is_leaving:
		_pose.weight = _fade / blend_out if blend_out > 0.0 else 0.0
	else:
		_pose.weight = 1.0 - _fade / blend_in if blend_in > 0.0 else 1.0
	_pose.additive = additive
	_pose.mix()
	if _fade > 0.0:
		return
	if _is_leaving:
		_end(&"emote_stopped" if _clip_goes_on() else &"emote_finished")
	elif not additive:
		_is_mixing = false


func _clip_goes_on() -> bool:
	return _mixer.is_playing()


func _reach_end() -> void:
	if not _queue.is_empty():
		var ended := current
		var next: StringName = _queue.pop_front()
		emote_finished.emit(ended)
		if current == ended:
			current = &""
			if not play(next):
				_set_active(false)
	elif blend_out > 0.0:
		_leave()
	else:
		_pose.restore()
		_end(&"emote_finished")


func _leave() -> void:
	_is_leaving = true
	_is_plain = false
	_fade = blend_out
	if not _is_mixing:
		_is_mixing = true
		_pose.settle()


func _end(why: StringName) -> void:
	var ended := current
	current = &""
	_is_leaving = false
	_is_mixing = false
	is_paused = false
	if _mixer:
		_mixer.stop(true)
	_set_active(false)
	emit_signal(why, ended)


func _set_active(active: bool) -> void:
	var is_physical := root_motion == RootMotion.APPLY
	set_process(active and not is_physical)
	set_physics_process(active and is_physical)


# ---- travel of the hips


func _note_hips(animation: Animation, time: float) -> void:
	_first_hips = Vector3.ZERO
	_end_hips = Vector3.ZERO
	_last_hips = Vector3.ZERO
	_hips = _bone_of_hips()
	var track := -1
	for candidate: int in animation.get_track_count():
		if animation.track_get_type(candidate) == Animation.TYPE_POSITION_3D:
			track = candidate
			break
	if track < 0:
		_hips = -1
		return
	var scale := skeleton.motion_scale
	_first_hips = animation.position_track_interpolate(track, 0.0) * scale
	_end_hips = animation.position_track_interpolate(track, animation.length) * scale
	_last_hips = animation.position_track_interpolate(track, time) * scale


func _take_travel(wrapped: bool, delta: float) -> void:
	var here := skeleton.get_bone_pose_position(_hips)
	var step := here - _last_hips
	if wrapped:
		step = (_end_hips - _last_hips) + (here - _first_hips)
	_last_hips = here
	var held := Vector3(_first_hips.x, here.y, _first_hips.z)
	skeleton.set_bone_pose_position(_hips, held)
	var flat := skeleton.global_basis * Vector3(step.x, 0.0, step.z)
	travelled.emit(flat)
	if root_motion == RootMotion.APPLY and _find_body() and delta > 0.0:
		body.velocity.x = flat.x / delta
		body.velocity.z = flat.z / delta
		body.move_and_slide()


# ---- getting ready


func _ready_to_play() -> bool:
	if not _find_skeleton():
		return false
	if _mixer and _mixer.root_node == _mixer.get_path_to(_root()):
		return true
	if not _mixer:
		_mixer = AnimationPlayer.new()
		_mixer.callback_mode_process = AnimationMixer.ANIMATION_CALLBACK_MODE_PROCESS_MANUAL
		add_child(_mixer, false, Node.INTERNAL_MODE_BACK)
		_library = AnimationLibrary.new()
		_mixer.add_animation_library(LIBRARY, _library)
	_mixer.root_node = _mixer.get_path_to(_root())
	return true


## Unique names like %GeneralSkeleton are looked up from the scene that owns the skeleton.
func _root() -> Node:
	return skeleton.owner if skeleton.owner else skeleton.get_parent()


func _skeleton_path() -> NodePath:
	return _root().get_path_to(skeleton)


func _find_skeleton() -> Skeleton3D:
	if not skeleton:
		skeleton = _nearest_skeleton()
	return skeleton


func _nearest_skeleton() -> Skeleton3D:
	if skeleton or not get_parent():
		return skeleton
	var found := get_parent().find_children("*", "Skeleton3D", true, false)
	return found[0] as Skeleton3D if not found.is_empty() else null


func _find_body() -> CharacterBody3D:
	if not body:
		body = _nearest_body()
	return body


func _nearest_body() -> CharacterBody3D:
	var at := get_parent()
	while not body and at:
		if at is CharacterBody3D:
			return at as CharacterBody3D
		at = at.get_parent()
	return body


func _forget_skeleton() -> void:
	_hips = -1
	_variants.clear()
	if _mixer:
		_mixer.queue_free()
		_mixer = null


func _fill_index() -> void:
	for library: AnimationLibrary in libraries:
		if not library:
			continue
		var names := library.get_animation_list()
		for clip: StringName in names:
			if not _index.has(clip):
				_index[clip] = library.get_animation(clip)
		if names.size() == 1 and not library.resource_path.is_empty():
			var file := StringName(library.resource_path.get_file().get_basename())
			if not _index.has(file):
				_index[file] = library.get_animation(names[0])


func _known() -> String:
	return ", ".join(get_emotes())


func _wants_loop(animation: Animation) -> bool:
	if loop == Loop.AS_IN_FILE:
		return animation.loop_mode != Animation.LOOP_NONE
	return loop == Loop.ALWAYS


## The animation as this character needs it: masked, looped or with its own path to the skeleton.
func _variant(animation: Animation) -> StringName:
	var key := "%d %s %s" % [animation.get_instance_id(), upper_body_only, _loops]
	if not _variants.has(key):
		var name := StringName("e%d" % _variants.size())
		var adapted := EmoteVariants.adapt(animation, skeleton, _root(), upper_body_only, _loops)
		_library.add_animation(name, adapted)
		_variants[key] = name
	return StringName("%s/%s" % [LIBRARY, _variants[key]])


func _start_pose(continues: bool) -> void:
	_pose.weight = 1.0 if continues else 0.0
	if continues and _is_mixing and not additive:
		return
	_fade = 0.0 if continues else blend_in
	_is_mixing = additive or _fade > 0.0
	if continues:
		return
	var bones := PackedInt32Array()
	for humanoid: String in EmoteSampler.Humanoid.bones_of(skeleton):
		if not upper_body_only or EmoteSampler.Humanoid.is_upper_body(humanoid):
			bones.append(EmoteSampler.Humanoid.bones_of(skeleton)[humanoid])
	_pose.begin(skeleton, bones, -1 if upper_body_only else _bone_of_hips())


func _bone_of_hips() -> int:
	for name: String in HIPS_NAMES:
		var bone := skeleton.find_bone(name)
		if bone >= 0:
			return bone
	return EmoteSampler.Humanoid.bones_of(skeleton).get("Hips", -1)

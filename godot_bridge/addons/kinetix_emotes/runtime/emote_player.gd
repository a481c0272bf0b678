@tool
@icon("../icons/emote_player.svg")
class_name EmotePlayer
extends Node
## Plays emotes on a character: from libraries in the project, or loaded at run time.
##
## Add it below a character, give it [member libraries], and call [method play]. Another animation of
## the same skeleton (walking, idling) may go on: the emote is faded in over it and out again, on the
## whole body or on the upper body only. What is set here counts from the next [method play] on;
## [member rate] and the fades count at once.

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
	## The travel moves [member body], by [method CharacterBody3D.move_and_slide] in every physics frame;
	## leave your own call out while [method is_playing]. Up and down stay the body's own.
	APPLY,
}
## Whether an emote begins again at its end.
enum Loop { AS_IN_FILE, NEVER, ALWAYS }

const Humanoid := preload("humanoid.gd")

## The skeleton to move. Left empty, the first one below the parent is taken.
@export var skeleton: Skeleton3D:
	set(value):
		_forget_skeleton()
		skeleton = value
		update_configuration_warnings()
## Libraries with emotes, for example the grouped [code]emotes.res[/code].
@export var libraries: Array[AnimationLibrary] = []:
	set(value):
		libraries = value
		_names.libraries = value
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

var _names := EmoteNames.new()
var _mixer: EmoteMixer
var _queue: Array[StringName] = []
var _loader: EmoteLoader
var _pose := EmotePose.new()
var _travel := EmoteTravel.new()
var _clip: Animation
var _travels := RootMotion.AS_IN_FILE
var _is_mixing := false
var _is_plain := false
var _is_leaving := false
var _ending := &""
var _goes_back := false
var _last_position := 0.0
var _warned: Dictionary[String, bool] = {}


func _ready() -> void:
	set_process(false)
	set_physics_process(false)
	if Engine.is_editor_hint():
		return  # what is set in the editor would be saved with the scene
	process_priority = 10
	process_physics_priority = 10


func _exit_tree() -> void:
	if not current.is_empty():
		_pose.restore()
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
	var found := _nearest_skeleton()
	if not found:
		warnings.append(
			"No Skeleton3D was found. Put this node below a character, or set Skeleton."
		)
	elif found.get_bone_count() > 0 and not Humanoid.bones_of(found).has("Hips"):
		(
			warnings
			. append(
				"The skeleton's bones have no humanoid names. Choose the character in the dock Emotes, then Map bones."
			)
		)
	if root_motion == RootMotion.APPLY and not _nearest_body():
		warnings.append("Root motion needs a CharacterBody3D above this node, or set Body.")
	return warnings


## Starts an emote. Returns false, with a warning that says what to do, when it is not known.
func play(emote: StringName, from := 0.0) -> bool:
	return _begin(emote, from, _ending if _is_leaving else &"emote_stopped")


## Plays an emote after the ones before it have ended, a looping one at the end of its round; at once when
## nothing plays.
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
		_leave(&"emote_stopped")


## Holds the emote where it is.
func pause() -> void:
	is_paused = not current.is_empty()


## Goes on after [method pause].
func resume() -> void:
	is_paused = false


## True while an emote plays, is held or fades out.
func is_playing() -> bool:
	return not current.is_empty()


## True while the emote fades out.
func is_leaving() -> bool:
	return _is_leaving


## Goes to a time of the emote, in seconds. Nothing happens once it fades out.
func seek(time: float) -> void:
	if current.is_empty() or _is_leaving:
		return
	if _is_mixing:
		_pose.capture()
	_mixer.seek(clampf(time, 0.0, _clip.length), true)
	_last_position = _mixer.current_animation_position
	_goes_back = false
	if _travels != RootMotion.AS_IN_FILE:
		_travel.take(false)
	if _is_mixing:
		_pose.mix(0.0)


## Seconds from the start of the emote.
func get_position() -> float:
	return 0.0 if current.is_empty() else _last_position


## Length of the emote that plays, in seconds.
func get_length() -> float:
	return 0.0 if current.is_empty() else _clip.length


## True when the emote that plays begins again at its end.
func is_looping() -> bool:
	return not current.is_empty() and _clip.loop_mode != Animation.LOOP_NONE


## Makes an animation playable under a name, before one of that name in the libraries. Its tracks may be
## those of Godot's importer.
func add_emote(emote: StringName, animation: Animation) -> void:
	_names.add(emote, animation)


## Forgets an emote that was added or loaded, so that its memory can be used again.
func remove_emote(emote: StringName) -> void:
	_names.remove(emote)


## The names of all emotes that can be played.
func get_emotes() -> PackedStringArray:
	return _names.all()


## The animation of an emote, or null.
func find_emote(emote: StringName) -> Animation:
	return _names.find(emote)


## Loads a GLB or Kinanim file or address and makes it playable as [param emote]:
## [codeblock]
## if await emotes.load_emote("https://example.com/animation.kinanim", &"Gift"):
##     emotes.play(&"Gift")
## [/codeblock]
## The signals [signal emote_loaded] and [signal emote_failed] tell it too. A Kinanim address can be played
## before all of it has come; when the rest does not come, [signal emote_failed] follows and what is there
## stays playable. [param extension] is for addresses whose path does not say it.
func load_emote(source: String, emote: StringName, extension := "") -> bool:
	if not _ready_to_play():
		var why := "No Skeleton3D. Set Skeleton to the character's one."
		emote_failed.emit.call_deferred(emote, why)
		await emote_failed
		return false
	if not _loader:
		_loader = EmoteLoader.new()
		_loader.prepared.connect(add_emote)
		_loader.loaded.connect(func(which: StringName) -> void: emote_loaded.emit(which))
		_loader.failed.connect(
			func(which: StringName, why: String) -> void: emote_failed.emit(which, why)
		)
		add_child(_loader, false, Node.INTERNAL_MODE_BACK)
	_loader.skeleton = skeleton
	_loader.skeleton_path = EmoteMixer.path_of(skeleton)
	var number := _loader.load_emote(source, emote, extension)
	while true:
		var answer: Array = await _loader.answered
		if answer[0] == emote and answer[1] >= number:  # not that of a load before this one
			return answer[2]
	return false


## Gives up loading an emote: [method load_emote] returns false and [signal emote_failed] follows. Returns false
## when nothing of that name is being loaded.
func cancel_load(emote: StringName) -> bool:
	return _loader != null and _loader.cancel_load(emote)


## True while [method load_emote] has something to do.
func is_loading() -> bool:
	return _loader != null and _loader.is_loading()


## Keeps a loaded source in the cache whatever else is loaded.
func pin(source: String, pinned := true) -> void:
	if _find_skeleton():
		var path := EmoteMixer.path_of(skeleton)
		EmoteLoader.cache.pin(EmoteLoader.key_of(source, skeleton, path), pinned)


# ---- beginning and ending


## [param why] is the signal for the emote before this one.
func _begin(emote: StringName, from: float, why: StringName) -> bool:
	var animation := _names.find(emote)
	if not animation:
		var known := ", ".join(get_emotes())
		_warn("There is no emote “%s”; known are: %s." % [emote, known])
		return false
	if not _ready_to_play():
		_warn("There is no Skeleton3D; set Skeleton to the character's one.")
		return false
	var was := current
	current = emote
	_clip = _adapt(animation)
	_is_plain = false
	_is_leaving = false
	_goes_back = false
	is_paused = false
	_show_pose(not was.is_empty())
	_mixer.start(_clip, from, blend_in if not was.is_empty() else 0.0)
	if _is_mixing:
		_pose.show_last()
	_last_position = from
	_yield_to_others()
	_travels = root_motion
	if _travels != RootMotion.AS_IN_FILE:
		_travel.begin(skeleton, _clip, from)
	_set_active(true)
	if not was.is_empty():
		emit_signal(why, was)
	if current == emote:
		emote_started.emit(emote)
	return true


## Says it once: a game may ask for the same emote in every frame.
func _warn(what: String) -> void:
	if not _warned.has(what):
		_warned[what] = true
		push_warning("EmotePlayer: " + what)


func _show_pose(continues: bool) -> void:
	if not continues:
		_pose.begin(skeleton, Humanoid.bones_of(skeleton).get("Hips", -1))
	elif not _is_mixing:
		_pose.settle()
	_pose.additive = additive
	var is_moving := _pose.aim(_clip, blend_in)
	_is_mixing = is_moving or additive
	if _pose.is_empty():
		_warn(
			(
				"No bone of %s has a name of “%s”; choose the character in the dock Emotes, then Map bones."
				% [skeleton.name, current]
			)
		)


func _reach_end() -> void:
	while not _queue.is_empty():
		if _begin(_queue.pop_front() as StringName, 0.0, &"emote_finished"):
			return
	if blend_out > 0.0:
		_leave(&"emote_finished")
	else:
		_pose.restore()
		_end(&"emote_finished")


func _leave(why: StringName) -> void:
	_is_leaving = true
	_ending = why
	_is_plain = false
	if not _is_mixing:
		_is_mixing = true
		_pose.settle()
	_pose.aim(null, blend_out)


func _end(why: StringName) -> void:
	var ended := current
	_yield_to_others()
	current = &""
	_is_leaving = false
	_is_mixing = false
	is_paused = false
	if _mixer:
		_mixer.stop(true)
	_set_active(false)
	emit_signal(why, ended)


## The body keeps nothing of the emote's speed.
func _yield_to_others() -> void:
	if _travels == RootMotion.APPLY and is_instance_valid(body):
		body.velocity.x = 0.0
		body.velocity.z = 0.0
	_travels = RootMotion.AS_IN_FILE


func _set_active(active: bool) -> void:
	var is_physical := _travels == RootMotion.APPLY
	set_process(active and not is_physical)
	set_physics_process(active and is_physical)


# ---- one frame


func _advance(delta: float) -> void:
	if _is_mixing:
		_pose.capture()
	# A held emote is written as well: what else moves the skeleton does not stop.
	_mixer.advance(0.0 if is_paused else delta * rate)
	_after_mixer(delta)
	_is_plain = not _is_mixing and _travels == RootMotion.AS_IN_FILE


func _after_mixer(delta: float) -> void:
	var has_ended := not _mixer.is_playing()
	var position := _clip.length if has_ended else _mixer.current_animation_position
	var is_again := _begins_again(position)
	if _travels != RootMotion.AS_IN_FILE:
		_take_travel(is_again, delta)
	_last_position = position
	if _is_mixing and not _pose.mix(delta):
		if _is_leaving:
			_end(_ending)
			return
		_is_mixing = additive
	if _is_leaving:
		return
	if has_ended or (is_again and not _queue.is_empty()):
		_reach_end()
	elif is_again:
		emote_looped.emit(current)


## True when a loop has begun another round since the last frame.
func _begins_again(position: float) -> bool:
	if _clip.loop_mode != Animation.LOOP_PINGPONG:
		return position < _last_position
	var did_go_back := _goes_back
	if position != _last_position:
		_goes_back = position < _last_position
	return did_go_back and not _goes_back


func _take_travel(is_again: bool, delta: float) -> void:
	var step := _travel.take(is_again and _clip.loop_mode != Animation.LOOP_PINGPONG)
	travelled.emit(step)
	if _travels == RootMotion.APPLY and _find_body() and delta > 0.0:
		body.velocity.x = step.x / delta
		body.velocity.z = step.z / delta
		body.move_and_slide()


# ---- getting ready


func _ready_to_play() -> bool:
	if not is_inside_tree() or not _find_skeleton():
		return false
	if not _mixer:
		_mixer = EmoteMixer.new()
		add_child(_mixer, false, Node.INTERNAL_MODE_BACK)
		skeleton.tree_exiting.connect(_forget_skeleton)
	_mixer.stand_on(skeleton)
	return true


func _find_skeleton() -> Skeleton3D:
	var found := _nearest_skeleton()
	if found != skeleton:
		skeleton = found
	return skeleton


## The skeleton that is set; another one when there is none, or it has left the game.
func _nearest_skeleton() -> Skeleton3D:
	var is_there := is_instance_valid(skeleton) and not skeleton.is_queued_for_deletion()
	if is_there and (skeleton.is_inside_tree() or not is_inside_tree()):
		return skeleton
	return EmoteNearby.skeleton(self)


func _find_body() -> CharacterBody3D:
	var found := _nearest_body()
	if found != body:
		body = found
	return body


func _nearest_body() -> CharacterBody3D:
	return body if is_instance_valid(body) else EmoteNearby.body(self)


## Ends what plays: the skeleton leaves, or another one takes its place.
func _forget_skeleton() -> void:
	if not current.is_empty():
		_pose.restore()
		_end(&"emote_stopped")
	if _mixer:
		_mixer.queue_free()
		_mixer = null
	if is_instance_valid(skeleton) and skeleton.tree_exiting.is_connected(_forget_skeleton):
		skeleton.tree_exiting.disconnect(_forget_skeleton)


## The animation as this character needs it: masked, looped or with its own path to the skeleton.
func _adapt(animation: Animation) -> Animation:
	var loops := animation.loop_mode != Animation.LOOP_NONE
	if loop != Loop.AS_IN_FILE:
		loops = loop == Loop.ALWAYS
	var root := EmoteMixer.root_of(skeleton)
	return EmoteVariants.adapt(animation, skeleton, root, upper_body_only, loops)

class_name EmotePlayback
extends RefCounted
## The emote of one skeleton: its position, its fading over other animations, and its travel.

## The emote came to its end; it stays there until [method begin], [method leave] or [method end].
signal reached_end
## A looping emote began another round.
signal began_again
## The emote has faded out after [method leave].
signal faded_out
## How far the hips would have gone within [param delta] seconds, in the world; they are held over their place.
signal travelled(step: Vector3, delta: float)

const EmoteMixer := preload("emote_mixer.gd")
const Humanoid := preload("../humanoid.gd")

## True from [method leave] on, while the emote fades out.
var is_leaving := false
## Seconds from the start of the emote.
var position := 0.0
## Length of the emote, in seconds; that of one which is still being streamed is known from its start.
var length := 0.0

var _skeleton: Skeleton3D
var _mixer: EmoteMixer
var _pose := EmotePose.new()
var _travel := EmoteTravel.new()
var _transition := EmoteTransition.new()
var _clip: Animation
var _takes_travel := false
var _is_mixing := false
# True while a frame has nothing to do but to advance the mixer.
var _is_plain := false
var _goes_back := false


## Set the skeleton before each [method begin], as a scene may move. [param holder] gets the mixer.
func stand_on(skeleton: Skeleton3D, holder: Node) -> void:
	_skeleton = skeleton
	if not _mixer:
		_mixer = EmoteMixer.new()
		holder.add_child(_mixer, false, Node.INTERNAL_MODE_BACK)
	_mixer.stand_on(skeleton)


func step_off() -> void:
	if _mixer:
		_mixer.queue_free()
		_mixer = null


## Begins with [param clip] at [param from] seconds, faded in within [param blend] seconds; [param continues] says that
## it takes the place of another one. [param additive] adds it to what moves the skeleton otherwise, [param takes_travel]
## takes its travel out of the pose. Returns false when it moves no bone of the skeleton.
func begin(
	clip: Animation, from: float, blend: float, continues: bool, additive: bool, takes_travel: bool
) -> bool:
	if continues and blend > 0.0:
		_transition.leave(_skeleton, _mixer, position)
	else:
		_transition.stop()
	_clip = clip
	length = clip.length
	_is_plain = false
	is_leaving = false
	_goes_back = false
	if not continues:
		_pose.begin(_skeleton, Humanoid.bones_of(_skeleton).get("Hips", -1))
	elif not _is_mixing:
		_pose.note_written()
	_pose.additive = additive
	var is_moving := _pose.aim(_clip, blend)
	_is_mixing = is_moving or additive
	_mixer.start(_clip, from)
	if continues and blend > 0.0:
		_transition.enter(_mixer, _clip, from, blend, takes_travel)
	if _is_mixing:
		_pose.show_last()
	position = from
	_takes_travel = takes_travel
	if _takes_travel:
		_travel.begin(_skeleton, _clip, from)
	return not _pose.is_empty()


## Continue with another version at the same share of its length; changed bones fade in [param blend] s.
func exchange(clip: Animation, blend: float) -> void:
	var share := position / length
	begin(clip, share * clip.length, blend, true, _pose.additive, _takes_travel)


## Fades the emote out within [param blend] seconds; it goes on meanwhile.
func leave(blend: float) -> void:
	is_leaving = true
	_is_plain = false
	if not _is_mixing:
		_is_mixing = true
		_pose.note_written()
	_pose.aim(null, blend)


## Shows what was there without the emote; [method end] follows.
func restore() -> void:
	_pose.restore()


## Ends the emote, faded out or not.
func end() -> void:
	_takes_travel = false
	is_leaving = false
	_is_mixing = false
	_transition.stop()
	if _mixer:
		_mixer.stop(true)


## Goes to a time of the emote, in seconds.
func seek(time: float) -> void:
	_transition.stop()
	if _is_mixing:
		_pose.capture()
	_mixer.seek(clampf(time, 0.0, length), true)
	position = _mixer.current_animation_position
	_goes_back = false
	if _takes_travel:
		_travel.take(false)
	if _is_mixing:
		_pose.mix(0.0)


## True when the emote begins again at its end.
func is_looping() -> bool:
	return _clip.loop_mode != Animation.LOOP_NONE


## Play a frame of [param delta] seconds that advances the emote by [param time] seconds, 0 if paused.
func advance(delta: float, time: float) -> void:
	if _is_plain:
		# The usual frame: nothing but the mixer, whose position is not read before the end of a round.
		_mixer.advance(time)
		var here := position + time
		if here < length:
			position = here
		else:
			_after_mixer(delta)
		return
	if _is_mixing:
		_pose.capture()
	_mixer.advance(time)
	_after_mixer(delta)
	var is_pingpong := _clip.loop_mode == Animation.LOOP_PINGPONG
	_is_plain = not (_is_mixing or _takes_travel or is_pingpong or _transition.is_active())


func _after_mixer(delta: float) -> void:
	var has_ended := not _mixer.is_playing()
	var here := length if has_ended else _mixer.current_animation_position
	var is_again := _begins_again(here)
	if _takes_travel:
		travelled.emit(_travel.take(is_again and _clip.loop_mode != Animation.LOOP_PINGPONG), delta)
	position = here
	if _transition.is_active():
		_transition.apply(delta)
	if _is_mixing and not _pose.mix(delta):
		if is_leaving:
			faded_out.emit()
			return
		_is_mixing = _pose.additive
	if is_leaving:
		return
	if has_ended:
		reached_end.emit()
	elif is_again:
		began_again.emit()


# True when a loop has begun another round since the last frame.
func _begins_again(here: float) -> bool:
	if _clip.loop_mode != Animation.LOOP_PINGPONG:
		return here < position
	var did_go_back := _goes_back
	if here != position:
		_goes_back = here < position
	return did_go_back and not _goes_back

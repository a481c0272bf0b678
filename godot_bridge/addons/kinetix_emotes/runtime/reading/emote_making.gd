class_name EmoteMaking
extends RefCounted
## An emote whose animation is baked a few frames at a time while its clip may still grow.

## Enough frames to begin with, of an emote that is still coming.
const START_FRAMES := 60

var animation: Animation
## Where it goes in [EmoteCache].
var key := ""
## True while more of the clip may come.
var is_coming := false

var _clip: EmoteClip
var _retarget := EmoteRetarget.new()
var _baked := 0


func _init(clip: EmoteClip, skeleton: Skeleton3D, skeleton_path: NodePath) -> void:
	_clip = clip
	animation = _retarget.prepare(clip, skeleton, skeleton_path)
	animation.set_meta(EmoteVariants.GROWS, true)


## Goes on until nothing is left to do or [method Time.get_ticks_usec] reaches [param until].
func go_on(until: int) -> void:
	var before := _baked
	_baked = _retarget.bake(until)
	if _baked > before:
		EmoteVariants.grow(animation)


func is_playable() -> bool:
	return is_done() or (is_coming and _baked >= START_FRAMES)


func is_done() -> bool:
	return _baked >= _clip.frames

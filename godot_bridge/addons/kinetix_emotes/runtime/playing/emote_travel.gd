class_name EmoteTravel
extends RefCounted
## Takes the travel of the hips out of an emote, frame by frame. Up and down stay in the pose.

const Humanoid := preload("../humanoid.gd")

var _skeleton: Skeleton3D
var _hips := -1
# From the space of the bone above the hips, where their track is, to the skeleton's.
var _frame := Basis.IDENTITY
var _animation: Animation
var _track := -1
var _first := Vector3.ZERO
var _end := Vector3.ZERO
var _last := Vector3.ZERO


## Begins with [param animation] at [param time] seconds.
func begin(skeleton: Skeleton3D, animation: Animation, time: float) -> void:
	_skeleton = skeleton
	_animation = animation
	_find_track()
	if _track < 0:
		return
	var above := skeleton.get_bone_parent(_hips)
	_frame = Basis.IDENTITY
	if above >= 0:
		_frame = skeleton.get_bone_global_rest(above).basis.orthonormalized()
	_first = _at(0.0)
	_end = _at(animation.length)
	_last = _at(time)


## Hold the hips and return their travel in the world since the last call, across the end if [param wrapped].
func take(wrapped: bool) -> Vector3:
	if _track < 0:
		return Vector3.ZERO
	var here := _frame * _skeleton.get_bone_pose_position(_hips)
	var step := here - _last
	if wrapped:
		step = (_end - _last) + (here - _first)
	_last = here
	var held := Vector3(_first.x, here.y, _first.z)
	_skeleton.set_bone_pose_position(_hips, _frame.inverse() * held)
	return _skeleton.global_basis * Vector3(step.x, 0.0, step.z)


func _find_track() -> void:
	_track = -1
	for track: int in _animation.get_track_count():
		if _animation.track_get_type(track) != Animation.TYPE_POSITION_3D:
			continue
		var bone := str(_animation.track_get_path(track).get_concatenated_subnames())
		if Humanoid.name_of(bone) == "Hips":
			_hips = _skeleton.find_bone(bone)
			_track = track if _hips >= 0 else -1
			return


func _at(time: float) -> Vector3:
	return _frame * _animation.position_track_interpolate(_track, time) * _skeleton.motion_scale

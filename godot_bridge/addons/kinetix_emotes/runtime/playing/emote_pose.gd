class_name EmotePose
extends RefCounted
## Mixes an emote over whatever else moves the skeleton, bone by bone. Used only while something is faded
## or added; a fully shown emote costs nothing here.
##
## Every bone has a weight, how much of the emote it shows, and goes to its aim: 1 for the bones that the
## emote moves, 0 for all others. So an emote may begin, end or be replaced by one with other bones at any time.

const EmoteMixer := preload("emote_mixer.gd")

## True adds the emote's movement to the other animation instead of replacing it.
var additive := false

var _skeleton: Skeleton3D
var _face := EmoteFace.new()
var _weights := PackedFloat32Array()
var _aims := PackedFloat32Array()
var _speed := INF
var _base: Array[Quaternion] = []
var _written: Array[Quaternion] = []
var _start: Array[Quaternion] = []
var _hips := -1
var _base_hips := Vector3.ZERO
var _written_hips := Vector3.ZERO


## Begins on a skeleton that shows nothing of an emote. [param hips] is the bone whose place is mixed too.
func begin(skeleton: Skeleton3D, hips: int) -> void:
	_skeleton = skeleton
	_hips = hips
	var count := skeleton.get_bone_count()
	_weights.resize(count)
	_weights.fill(0.0)
	_aims = _weights.duplicate()
	_base.resize(count)
	_written.resize(count)
	_start.resize(count)


## Fade to the bones of an animation, or to none for null. Return whether anything must fade.
func aim(animation: Animation, seconds: float) -> bool:
	_aims.fill(0.0)
	if animation:
		for track: int in animation.get_track_count():
			if animation.track_get_type(track) == Animation.TYPE_ROTATION_3D:
				_aim_bone(animation, track)
	_speed = 1.0 / seconds if seconds > 0.0 else INF
	if seconds <= 0.0:
		_weights = _aims.duplicate()
	_face.aim(EmoteMixer.root_of(_skeleton), animation, seconds)
	return _weights != _aims or _face.is_moving()


## True when nothing of the skeleton is moved.
func is_empty() -> bool:
	return _aims.count(0.0) == _aims.size()


## Notes what others wrote since [method mix]. Bones that nobody wrote keep their earlier base.
func capture() -> void:
	for bone: int in _weights.size():
		if _weights[bone] == 0.0 and _aims[bone] == 0.0:
			continue
		var here := _skeleton.get_bone_pose_rotation(bone)
		if here != _written[bone]:
			_base[bone] = here
	if _hips >= 0:
		var here := _skeleton.get_bone_pose_position(_hips)
		if here != _written_hips:
			_base_hips = here


## Mixes after the emote has been written to the skeleton. Returns false once every bone is at its aim.
func mix(delta: float) -> bool:
	var is_moving := _face.mix(delta)
	for bone: int in _weights.size():
		if _weights[bone] == 0.0 and _aims[bone] == 0.0:
			continue
		var weight := _weights[bone]
		if weight != _aims[bone]:
			weight = move_toward(weight, _aims[bone], delta * _speed)
			is_moving = is_moving or weight != _aims[bone]
			_weights[bone] = weight
		var emote := _skeleton.get_bone_pose_rotation(bone)
		if additive:
			emote = (_base[bone] * _start[bone].inverse() * emote).normalized()
		_skeleton.set_bone_pose_rotation(bone, _base[bone].slerp(emote, weight))
		_written[bone] = _skeleton.get_bone_pose_rotation(bone)
		if bone == _hips:
			_mix_hips(weight)
	return is_moving


## Shows again what was shown last: starting an animation writes its first pose at once.
func show_last() -> void:
	for bone: int in _weights.size():
		if _weights[bone] > 0.0 or _aims[bone] > 0.0:
			_skeleton.set_bone_pose_rotation(bone, _written[bone])
	if _hips >= 0 and (_weights[_hips] > 0.0 or _aims[_hips] > 0.0):
		_skeleton.set_bone_pose_position(_hips, _written_hips)


## Takes note of the pose as it is, so that what others write from now on is seen.
func note_written() -> void:
	for bone: int in _weights.size():
		_written[bone] = _skeleton.get_bone_pose_rotation(bone)
	if _hips >= 0:
		_written_hips = _skeleton.get_bone_pose_position(_hips)


## Puts the pose back that was there without the emote.
func restore() -> void:
	_face.restore()
	if not is_instance_valid(_skeleton):
		return
	for bone: int in _weights.size():
		if _weights[bone] > 0.0:
			_skeleton.set_bone_pose_rotation(bone, _base[bone])
	if _hips >= 0 and _weights[_hips] > 0.0:
		_skeleton.set_bone_pose_position(_hips, _base_hips)
	_weights.fill(0.0)


func _aim_bone(animation: Animation, track: int) -> void:
	var path := animation.track_get_path(track)
	var bone := _skeleton.find_bone(str(path.get_concatenated_subnames()))
	if bone < 0:
		return
	_aims[bone] = 1.0
	# What an added emote is measured from: how it stands at its own beginning.
	if additive and animation.track_get_key_count(track) > 0:
		_start[bone] = animation.rotation_track_interpolate(track, 0.0)
	if _weights[bone] > 0.0:
		return
	_base[bone] = _skeleton.get_bone_pose_rotation(bone)
	_written[bone] = _base[bone]
	if bone == _hips:
		_base_hips = _skeleton.get_bone_pose_position(bone)
		_written_hips = _base_hips


func _mix_hips(weight: float) -> void:
	var emote := _skeleton.get_bone_pose_position(_hips)
	var mixed := _base_hips if additive else _base_hips.lerp(emote, weight)
	_skeleton.set_bone_pose_position(_hips, mixed)
	_written_hips = _skeleton.get_bone_pose_position(_hips)

class_name EmotePose
extends RefCounted
## Mixes an emote over whatever else moves the skeleton. Used only while something is faded or added;
## a fully shown emote costs nothing here.

## How much of the emote is shown, 0 to 1.
var weight := 1.0
## True adds the emote's movement to the other animation instead of replacing it.
var additive := false

var _skeleton: Skeleton3D
var _bones := PackedInt32Array()
var _base: Array[Quaternion] = []
var _written: Array[Quaternion] = []
var _start: Array[Quaternion] = []
var _hips := -1
var _base_hips := Vector3.ZERO
var _written_hips := Vector3.ZERO
var _has_start := false


## Begins with the pose that the skeleton has now.
func begin(skeleton: Skeleton3D, bones: PackedInt32Array, hips: int) -> void:
	_skeleton = skeleton
	_bones = bones
	_hips = hips
	_has_start = false
	_base.resize(bones.size())
	_written.resize(bones.size())
	_start.resize(bones.size())
	for index: int in bones.size():
		_base[index] = skeleton.get_bone_pose_rotation(bones[index])
		_written[index] = _base[index]
	if hips >= 0:
		_base_hips = skeleton.get_bone_pose_position(hips)
		_written_hips = _base_hips


## Notes what others wrote since [method mix]. Bones that nobody wrote keep their earlier base.
func capture() -> void:
	for index: int in _bones.size():
		var here := _skeleton.get_bone_pose_rotation(_bones[index])
		if here != _written[index]:
			_base[index] = here
	if _hips >= 0:
		var here := _skeleton.get_bone_pose_position(_hips)
		if here != _written_hips:
			_base_hips = here


## Mixes after the emote has been written to the skeleton.
func mix() -> void:
	for index: int in _bones.size():
		var bone := _bones[index]
		var emote := _skeleton.get_bone_pose_rotation(bone)
		if additive:
			if not _has_start:
				_start[index] = emote
			emote = (_base[index] * _start[index].inverse() * emote).normalized()
		var mixed := _base[index].slerp(emote, weight)
		_skeleton.set_bone_pose_rotation(bone, mixed)
		_written[index] = _skeleton.get_bone_pose_rotation(bone)
	if _hips >= 0:
		var emote := _skeleton.get_bone_pose_position(_hips)
		var mixed := _base_hips if additive else _base_hips.lerp(emote, weight)
		_skeleton.set_bone_pose_position(_hips, mixed)
		_written_hips = _skeleton.get_bone_pose_position(_hips)
	_has_start = true


## Takes note of the pose as it is, so that what others write from now on is seen.
func settle() -> void:
	for index: int in _bones.size():
		_written[index] = _skeleton.get_bone_pose_rotation(_bones[index])
	if _hips >= 0:
		_written_hips = _skeleton.get_bone_pose_position(_hips)


## Puts the pose back that was there without the emote.
func restore() -> void:
	for index: int in _bones.size():
		_skeleton.set_bone_pose_rotation(_bones[index], _base[index])
	if _hips >= 0:
		_skeleton.set_bone_pose_position(_hips, _base_hips)

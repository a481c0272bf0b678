class_name KinanimReader
extends RefCounted
## Reads the Kinanim format piece by piece, so that a download can be played while it runs.

const Budget := preload("budget.gd")
const FaceNames := preload("../face/face_names.gd")
const Humanoid := preload("../humanoid.gd")
const Untrusted := preload("untrusted.gd")
const ROTATION := 2
const POSITION := 4
const SCALE := 8
const UNIT := 1.0 / 10000.0
## More than any header of [constant EmoteClip.MOST_FRAMES] frames.
const LARGEST_HEADER := 1 << 17
## Bytes that a frame can have: 64 bones with all keys, and 64 blend shapes.
const LARGEST_FRAME := 10 + 64 * 20 + 8 + 64 * 2

const KINANIM_BONES := 55
const CUT_OFF := "The Kinanim file is cut off; download it again."
const NO_HEADER := "The Kinanim file has no usable header; download it again."
const DAMAGED := "Frame %d of the Kinanim file is damaged; download it again."

# Bones before the fingers; empty for those that emotes do not move.
static var _bones: PackedStringArray = (
	["Hips", "LeftUpperLeg", "RightUpperLeg", "LeftLowerLeg", "RightLowerLeg"]
	+ ["LeftFoot", "RightFoot", "Spine", "Chest", "UpperChest", "Neck", "Head"]
	+ ["LeftShoulder", "RightShoulder", "LeftUpperArm", "RightUpperArm"]
	+ ["LeftLowerArm", "RightLowerArm", "LeftHand", "RightHand"]
	+ ["LeftToes", "RightToes", "", "", ""]
)

## What has been read so far; null until the header is complete.
var clip: EmoteClip
## Why the file cannot be read; empty while it can.
var problem := ""
## Length of the header in bytes; 0 until it is known.
var header_size := 0
## Length of the whole file in bytes; 0 until it is known.
var total_size := 0

var _budget: Budget
var _bytes := PackedByteArray()
var _place := 0
var _sizes := PackedInt32Array()
var _types := PackedByteArray()
var _key_sizes := PackedInt32Array()
var _has_faces := false
var _has_keys := false
var _rows := PackedInt32Array()
var _last_key := PackedInt32Array()
var _last_weight := PackedInt32Array()
var _next := 0


# [param budget] limits what the file may cost, and can cancel the reading.
func _init(budget := Budget.new()) -> void:
	_budget = budget


## Adds the next bytes of the file. Any thread may call it, one at a time.
func feed(bytes: PackedByteArray) -> void:
	if not problem.is_empty():
		return
	_budget.begin()
	_bytes.append_array(bytes)
	if not clip and not _read_header():
		if problem.is_empty() and _bytes.size() > LARGEST_HEADER:
			problem = NO_HEADER
		return
	while _next < _sizes.size() and problem.is_empty():
		var size := _sizes[_next]
		if _place + size > _bytes.size():
			break
		if size > 0:
			_read_frame(_next, size)
		_next += 1
		if _next % 64 == 0 and not _budget.may_go_on():
			problem = _budget.problem
	if not problem.is_empty():
		return
	if _next == _sizes.size():
		if not _has_keys:
			problem = "The Kinanim file stores no frame; download it again."
			return
		_fill_tail()
	_update_available()


func is_complete() -> bool:
	return clip != null and _next == _sizes.size()


# False without a [member problem] while more of it has to come.
func _read_header() -> bool:
	var fields: Dictionary[int, int] = {}  # tag → where its value is
	var at := 0
	while true:
		if at + 2 > _bytes.size():
			return false
		var tag := _bytes.decode_s16(at)
		at += 2
		if tag < 0:
			break
		# A field that comes again could come a million times.
		if tag > 4 or fields.has(tag):
			problem = "This is not a Kinanim file; choose another one."
			return false
		fields[tag] = at
		var size := _field_size(tag, at)
		if size < 0 or at + size > _bytes.size():
			return false
		at += size
	var fps := _bytes.decode_float(fields[1]) if fields.has(1) else 30.0
	if not fields.has_all([2, 3]) or not (fps >= 1.0 and fps <= 1000.0):
		problem = NO_HEADER
		return false
	if fields.has(0) and _bytes.decode_u16(fields[0]) != 0:
		problem = "The Kinanim file has a version that is not known here; update the add-on."
		return false
	_types = _bytes.slice(fields[3] + 1, fields[3] + 1 + _bytes[fields[3]])
	_has_faces = fields.has(4) and _bytes[fields[4]] != 0
	if not _read_sizes(fields[2], at):
		return false
	_start_clip(fps)
	header_size = at
	_place = at
	return true


# Bytes of a header field's value at a place; -1 while that has not come.
func _field_size(tag: int, at: int) -> int:
	match tag:
		0:
			return 2
		1:
			return 4
		2:
			return 2 + 2 * _bytes.decode_u16(at) if at + 2 <= _bytes.size() else -1
		3:
			return 1 + _bytes[at] if at < _bytes.size() else -1
	return 1


func _read_sizes(at: int, header: int) -> bool:
	var count := _bytes.decode_u16(at)
	if count == 0 or _types.is_empty() or _types.size() > 64:
		problem = NO_HEADER
		return false
	if count > EmoteClip.MOST_FRAMES:
		problem = "The Kinanim file has more than %d frames; cut the emote." % EmoteClip.MOST_FRAMES
		return false
	if not _budget.spend(Budget.Cost.POSES, count * Humanoid.parents.size()):
		problem = _budget.problem
		return false
	_sizes.resize(count)
	total_size = header
	for frame: int in count:
		_sizes[frame] = _bytes.decode_u16(at + 2 + 2 * frame)
		total_size += _sizes[frame]
		if _sizes[frame] > LARGEST_FRAME:
			problem = DAMAGED % frame
			return false
	return true


func _start_clip(fps: float) -> void:
	clip = EmoteClip.new()
	clip.fps = fps
	clip.directions = Humanoid.mannequin()
	clip.frames = _sizes.size()
	_rows.resize(64)
	_rows.fill(-1)
	var rows: Dictionary[String, int] = {}
	for humanoid: String in Humanoid.parents:
		rows[humanoid] = clip.bones.size()
		clip.bones.append(humanoid)
		clip.rests.append(Quaternion.IDENTITY)
	for index: int in mini(_types.size(), KINANIM_BONES):
		_rows[index] = rows.get(_bone_name(index), -1)
		var type := _types[index]
		var size := 8 if type & ROTATION else 0
		size += 6 if type & POSITION else 0
		size += 6 if type & SCALE else 0
		_key_sizes.append(size)
	clip.rotations.resize(clip.frames * clip.bones.size())
	clip.rotations.fill(Quaternion.IDENTITY)
	clip.hips.resize(clip.frames)
	clip.hips.fill(clip.hips_rest)
	_last_key.resize(clip.bones.size())
	_last_key.fill(-1)
	_last_weight.resize(FaceNames.arkit.size())
	_last_weight.fill(-1)


static func _bone_name(index: int) -> String:
	if index < _bones.size():
		return _bones[index]
	var finger := index - _bones.size()
	var side := "Left" if finger < 15 else "Right"
	return side + Humanoid.finger_bone(Humanoid.FINGERS.values()[(finger % 15) / 3], finger % 3)


func _read_frame(frame: int, size: int) -> void:
	var at := _place
	var end := at + size
	_place = end
	if size < 10 or _bytes.decode_u16(at) != frame:
		problem = DAMAGED % frame
		return
	var flags := _bytes.decode_u64(at + 2)
	at += 10
	for bone: int in _key_sizes.size():
		if flags & (1 << bone) == 0:
			continue
		var value := at
		at += _key_sizes[bone]
		if at > end:
			break
		var type := _types[bone]
		if type & ROTATION:
			_set_rotation(frame, _rows[bone], _quaternion(value))
			value += 8
		if type & POSITION and bone == 0:
			clip.hips[frame] = _vector(value)
	if flags >> _key_sizes.size() != 0 or at + _face_size(at, end) != end:
		problem = DAMAGED % frame
	elif _has_faces:
		_read_face(frame, at)
	_has_keys = true


# Bytes of the blend shapes that follow the bones.
func _face_size(at: int, end: int) -> int:
	if not _has_faces:
		return 0
	var size := 8
	var flags := _bytes.decode_u64(at) if at + size <= end else 0
	while flags != 0:
		flags &= flags - 1
		size += 2
	return size


func _read_face(frame: int, at: int) -> void:
	var flags := _bytes.decode_u64(at)
	at += 8
	for place: int in FaceNames.arkit.size():
		if flags & (1 << place) == 0:
			continue
		if not FaceNames.arkit[place].is_empty():
			_set_weight(frame, place, _bytes.decode_s16(at) * UNIT)
		at += 2


func _quaternion(at: int) -> Quaternion:
	# In steps of the format: its length is made one anyway.
	return Untrusted.unit(
		Quaternion(
			_bytes.decode_s16(at),
			_bytes.decode_s16(at + 2),
			_bytes.decode_s16(at + 4),
			_bytes.decode_s16(at + 6)
		)
	)


func _vector(at: int) -> Vector3:
	return Vector3(
		_bytes.decode_s16(at) * UNIT,
		_bytes.decode_s16(at + 2) * UNIT,
		_bytes.decode_s16(at + 4) * UNIT
	)


# A key that was left out lies between the key before and the key after it.
func _set_rotation(frame: int, row: int, turn: Quaternion) -> void:
	if row < 0:
		return
	var count := clip.bones.size()
	var last := _last_key[row]
	if last >= 0:
		var from := clip.rotations[last * count + row]
		for between: int in range(last + 1, frame):
			var share := float(between - last) / (frame - last)
			clip.rotations[between * count + row] = from.slerp(turn, share)
	else:
		for before: int in frame:
			clip.rotations[before * count + row] = turn
	clip.rotations[frame * count + row] = turn
	_last_key[row] = frame


# The same for a blend shape, on the line. One that the file never stores is left to the character.
func _set_weight(frame: int, place: int, weight: float) -> void:
	var shape := FaceNames.arkit[place]
	var last := _last_weight[place]
	_last_weight[place] = frame
	if last < 0:
		if not _budget.spend(Budget.Cost.NUMBERS, clip.frames):
			problem = _budget.problem
			return
		var constant := PackedFloat32Array()
		constant.resize(clip.frames)
		constant.fill(weight)
		clip.face[shape] = constant
		return
	var weights := clip.face[shape]
	var from := weights[last]
	for between: int in range(last + 1, frame):
		weights[between] = lerpf(from, weight, float(between - last) / (frame - last))
	weights[frame] = weight


func _fill_tail() -> void:
	var count := clip.bones.size()
	for row: int in count:
		var last := _last_key[row]
		if last < 0:
			continue
		for frame: int in range(last + 1, clip.frames):
			clip.rotations[frame * count + row] = clip.rotations[last * count + row]
		_last_key[row] = clip.frames - 1
	for place: int in _last_weight.size():
		var last := _last_weight[place]
		if last < 0:
			continue
		var weights := clip.face[FaceNames.arkit[place]]
		for frame: int in range(last + 1, clip.frames):
			weights[frame] = weights[last]


# Frames before the latest key of each bone and blend shape are final.
func _update_available() -> void:
	if is_complete():
		clip.available = clip.frames
		return
	var ready := _next
	for last: int in _last_key + _last_weight:
		if last >= 0:
			ready = mini(ready, last + 1)
	clip.available = ready

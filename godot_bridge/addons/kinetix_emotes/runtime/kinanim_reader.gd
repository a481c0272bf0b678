class_name KinanimReader
extends RefCounted
## Reads the Kinanim format piece by piece, so that a download can be played while it runs.

const Humanoid := preload("humanoid.gd")
const BONES: PackedStringArray = [
	"Hips",
	"LeftUpperLeg",
	"RightUpperLeg",
	"LeftLowerLeg",
	"RightLowerLeg",
	"LeftFoot",
	"RightFoot",
	"Spine",
	"Chest",
	"UpperChest",
	"Neck",
	"Head",
	"LeftShoulder",
	"RightShoulder",
	"LeftUpperArm",
	"RightUpperArm",
	"LeftLowerArm",
	"RightLowerArm",
	"LeftHand",
	"RightHand",
	"LeftToes",
	"RightToes",
	"",
	"",
	"",
]
const FINGERS: PackedStringArray = ["Thumb", "Index", "Middle", "Ring", "Little"]
const ROTATION := 2
const POSITION := 4
const SCALE := 8
const UNIT := 1.0 / 10000.0
## More than any header of [constant EmoteClip.MOST_FRAMES] frames.
const LARGEST_HEADER := 1 << 17

## What has been read so far; null until the header is complete.
var clip: EmoteClip
## Why the file cannot be read; empty while it can.
var problem := ""
## Length of the header in bytes; 0 until it is known.
var header_size := 0
## Length of the whole file in bytes; 0 until it is known.
var total_size := 0

var _bytes := PackedByteArray()
var _place := 0
var _sizes := PackedInt32Array()
var _types := PackedByteArray()
var _has_faces := false
var _rows := PackedInt32Array()
var _last_key := PackedInt32Array()
var _next := 0


## Adds the next bytes of the file.
func feed(bytes: PackedByteArray) -> void:
	if not problem.is_empty():
		return
	_bytes.append_array(bytes)
	if not clip and not _read_header():
		if problem.is_empty() and _bytes.size() > LARGEST_HEADER:
			problem = "The Kinanim file has no usable header."
		return
	while _next < _sizes.size() and problem.is_empty():
		var size := _sizes[_next]
		if _place + size > _bytes.size():
			break
		if size > 0:
			_read_frame(_next, size)
		_next += 1
	if _next == _sizes.size():
		_fill_tail()
	_update_available()


## True when every frame is there.
func is_complete() -> bool:
	return clip != null and _next == _sizes.size()


func _read_header() -> bool:
	var at := 0
	var fps := 30.0
	while true:
		if at + 2 > _bytes.size():
			return false
		var tag := _bytes.decode_s16(at)
		at += 2
		if tag < 0:
			break
		match tag:
			0:
				at += 2
			1:
				if at + 4 > _bytes.size():
					return false
				fps = _bytes.decode_float(at)
				at += 4
			2:
				if at + 2 > _bytes.size():
					return false
				var count := _bytes.decode_u16(at)
				at += 2
				if at + 2 * count > _bytes.size():
					return false
				_sizes.resize(count)
				for frame: int in count:
					_sizes[frame] = _bytes.decode_u16(at + 2 * frame)
				at += 2 * count
			3:
				if at + 1 > _bytes.size():
					return false
				var count := _bytes[at]
				if at + 1 + count > _bytes.size():
					return false
				_types = _bytes.slice(at + 1, at + 1 + count)
				at += 1 + count
			4:
				if at + 1 > _bytes.size():
					return false
				_has_faces = _bytes[at] != 0
				at += 1
			_:
				problem = "This is not a Kinanim file."
				return false
	if _sizes.is_empty() or _types.is_empty() or not is_finite(fps) or fps < 1.0 or fps > 1000.0:
		problem = "The Kinanim file has no usable header."
		return false
	if _sizes.size() > EmoteClip.MOST_FRAMES:
		problem = "The Kinanim file has more than %d frames." % EmoteClip.MOST_FRAMES
		return false
	_start_clip(fps)
	header_size = at
	total_size = at
	for size: int in _sizes:
		total_size += size
	_place = at
	return true


func _start_clip(fps: float) -> void:
	clip = EmoteClip.new()
	clip.fps = fps
	clip.directions = Humanoid.MANNEQUIN
	clip.frames = _sizes.size()
	_rows.resize(64)
	_rows.fill(-1)
	var rows: Dictionary[String, int] = {}
	for humanoid: String in Humanoid.PARENTS:
		rows[humanoid] = clip.bones.size()
		clip.bones.append(humanoid)
		clip.rests.append(Quaternion.IDENTITY)
	for index: int in mini(_types.size(), 55):
		_rows[index] = rows.get(_bone_name(index), -1)
	clip.rotations.resize(clip.frames * clip.bones.size())
	clip.rotations.fill(Quaternion.IDENTITY)
	clip.hips.resize(clip.frames)
	clip.hips.fill(clip.hips_rest)
	_last_key.resize(clip.bones.size())
	_last_key.fill(-1)


static func _bone_name(index: int) -> String:
	if index < BONES.size():
		return BONES[index]
	var finger := index - 25
	var side := "Left" if finger < 15 else "Right"
	var name := FINGERS[(finger % 15) / 3]
	var parts := ["Proximal", "Intermediate", "Distal"]
	if name == "Thumb":
		parts = ["Metacarpal", "Proximal", "Distal"]
	return side + name + str(parts[finger % 3])


func _read_frame(frame: int, size: int) -> void:
	var at := _place
	var end := at + size
	_place = end
	if size < 10 or _bytes.decode_u16(at) != frame:
		problem = "Frame %d of the Kinanim file is damaged." % frame
		return
	var flags := _bytes.decode_u64(at + 2)
	at += 10
	for bone: int in mini(_types.size(), 63):
		if flags & (1 << bone) == 0:
			continue
		var type := _types[bone]
		var need := 0
		need += 8 if type & ROTATION else 0
		need += 6 if type & POSITION else 0
		need += 6 if type & SCALE else 0
		if at + need > end:
			problem = "Frame %d of the Kinanim file is damaged." % frame
			return
		if type & ROTATION:
			_set_rotation(frame, _rows[bone], _quaternion(at))
			at += 8
		if type & POSITION:
			if bone == 0:
				clip.hips[frame] = _vector(at)
			at += 6


func _quaternion(at: int) -> Quaternion:
	var turn := Quaternion(
		_bytes.decode_s16(at) * UNIT,
		_bytes.decode_s16(at + 2) * UNIT,
		_bytes.decode_s16(at + 4) * UNIT,
		_bytes.decode_s16(at + 6) * UNIT
	)
	return turn.normalized() if turn.length_squared() > 0.01 else Quaternion.IDENTITY


func _vector(at: int) -> Vector3:
	return Vector3(
		_bytes.decode_s16(at) * UNIT,
		_bytes.decode_s16(at + 2) * UNIT,
		_bytes.decode_s16(at + 4) * UNIT
	)


## A key that was left out lies on the way from the key before to the key after it.
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


func _fill_tail() -> void:
	var count := clip.bones.size()
	for row: int in count:
		var last := _last_key[row]
		if last < 0:
			continue
		for frame: int in range(last + 1, clip.frames):
			clip.rotations[frame * count + row] = clip.rotations[last * count + row]
		_last_key[row] = clip.frames - 1


## Frames before the earliest bone's latest key are final.
func _update_available() -> void:
	if is_complete():
		clip.available = clip.frames
		return
	var ready := _next
	for row: int in _last_key:
		if row >= 0:
			ready = mini(ready, row + 1)
	clip.available = ready

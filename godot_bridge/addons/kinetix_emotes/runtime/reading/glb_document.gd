extends RefCounted
## The outer layer of a GLB: its JSON, and the numbers that its accessors name, every bound checked first.

const Budget := preload("budget.gd")
const Untrusted := preload("untrusted.gd")
const LARGEST_JSON := 8 << 20
const FPS := 30.0
## Largest distance in seconds of a key that counts as on a frame.
const SAME_S := 0.0005
const MOST_KEYS := EmoteClip.MOST_FRAMES * 4
const MOST_TARGETS := 256
const WIDTHS: Dictionary[String, int] = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}
## glTF's component types → bytes.
const SIZES: Dictionary[int, int] = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5126: 4}
const LARGEST_SQUARED := Untrusted.LARGEST * Untrusted.LARGEST

## Why the file cannot be read; empty while it can.
var problem := ""

var _budget: Budget
var _json: Dictionary = {}
var _bytes := PackedByteArray()
# The binary part, from and to.
var _start := 0
var _end := 0
# Tracks may share what they name: accessor → what was read of it.
var _times: Dictionary[int, PackedFloat32Array] = {}
var _timelines: Dictionary[String, Timeline] = {}
var _turns: Dictionary[int, Array] = {}


## The last key at or before each frame, and the share of the way to the next key.
class Timeline:
	var keys := PackedInt32Array()
	var shares := PackedFloat32Array()

	func _init(times: PackedFloat32Array, frames: int, holds: bool) -> void:
		keys.resize(frames)
		shares.resize(frames)
		var last := times.size() - 1
		var key := 0
		for frame: int in frames:
			var time := frame / FPS
			while key < last and times[key + 1] <= time + SAME_S:
				key += 1
			keys[frame] = key
			if not holds and key < last and time > times[key] + SAME_S:
				shares[frame] = (time - times[key]) / (times[key + 1] - times[key])


func _init(budget: Budget) -> void:
	_budget = budget


## Reads the JSON. False, with a [member problem], when it cannot be.
func open(bytes: PackedByteArray) -> bool:
	problem = "The file is not a whole GLB; download or export it again."
	if bytes.size() < 20 or bytes.slice(0, 4).get_string_from_ascii() != "glTF":
		return false
	if bytes.decode_u32(4) != 2 or bytes.decode_u32(8) != bytes.size():
		return false
	var length := bytes.decode_u32(12)
	if length > bytes.size() - 20 or bytes.slice(16, 20).get_string_from_ascii() != "JSON":
		return false
	var text := bytes.slice(20, 20 + length)
	if length > LARGEST_JSON:
		problem = "The GLB has more JSON than an emote can have; export the figure alone."
		return false
	if not _spend(Budget.Cost.VALUES, text.count(0x2C) + text.count(0x5B) + text.count(0x7B)):
		return false
	var json := JSON.new()
	if json.parse(text.get_string_from_utf8()) != OK:
		return false
	_json = Untrusted.row(json.data)
	_bytes = bytes
	_start = mini(20 + length + 8, bytes.size())
	_end = _start
	if 20 + length + 8 <= bytes.size():
		_end = mini(_start + bytes.decode_u32(_start - 8), bytes.size())
	problem = ""
	return true


## The list that the document has under a name.
func rows(key: String) -> Array:
	return Untrusted.list(_json.get(key))


## The object at a place of such a list; an empty one when there is none.
func at(key: String, index: int) -> Dictionary:
	var found := rows(key)
	return Untrusted.row(found[index]) if index >= 0 and index < found.size() else {}


## Return the rising seconds of the keys in an accessor; none, with a [member problem], if invalid.
func times(index: int) -> PackedFloat32Array:
	if _times.has(index):
		return _times[index]
	var found := _numbers(index, 1)
	var before := -Untrusted.LARGEST
	for time: float in found:
		# Written so that what is not a number does not pass.
		if not (time >= before and time < Untrusted.LARGEST):
			return _refuse("The times of a track do not rise")
		before = time
	_times[index] = found
	return found


## Return where the frames of a clip lie among the keys of [method times].
##
## With [param holds] every key lasts until the next one.
func timeline(index: int, frames: int, holds: bool) -> Timeline:
	var key := "%d %s" % [index, holds]
	if not _timelines.has(key):
		_timelines[key] = Timeline.new(times(index), frames, holds)
	return _timelines[key]


## The rotations that accessor [param index] holds, one of each [param every], as unit quaternions.
func turns(index: int, every: int) -> Array[Quaternion]:
	var key := index * 4 + every
	if _turns.has(key):
		return _turns[key]
	var found: Array[Quaternion] = []
	var values := _numbers(index, 4)
	found.resize(values.size() / (4 * every))
	# Of three the one in the middle is the value, the others say how the curve goes.
	var place := 4 * (every / 2)
	for number: int in found.size():
		var turn := Quaternion(
			values[place], values[place + 1], values[place + 2], values[place + 3]
		)
		# Written so that what is not a number does not pass.
		if not turn.length_squared() < LARGEST_SQUARED:
			_refuse("A track has a rotation that is no sane number")
			return []
		found[number] = Untrusted.unit(turn)
		place += 4 * every
	_turns[key] = found
	return found


## The places that accessor [param index] holds, one of each [param every].
func places(index: int, every: int) -> PackedVector3Array:
	var found := PackedVector3Array()
	var values := _numbers(index, 3)
	found.resize(values.size() / (3 * every))
	var place := 3 * (every / 2)
	for number: int in found.size():
		var here := Vector3(values[place], values[place + 1], values[place + 2])
		if not here.length_squared() < LARGEST_SQUARED:
			_refuse("A track has a place that is no sane number")
			return PackedVector3Array()
		found[number] = here
		place += 3 * every
	return found


## Return the unchecked weights in an accessor, one per key and target of its mesh.
func weights(index: int) -> PackedFloat32Array:
	return _numbers(index, 1, MOST_KEYS * MOST_TARGETS)


# All numbers of an accessor, [param width] for each element; none when anything about it is wrong.
func _numbers(index: int, width: int, most := MOST_KEYS) -> PackedFloat32Array:
	var accessor := at("accessors", index)
	var view := at("bufferViews", Untrusted.natural(accessor.get("bufferView")))
	var count := Untrusted.natural(accessor.get("count"))
	var type := Untrusted.natural(accessor.get("componentType"))
	var size: int = SIZES.get(type, 0)
	var stride := Untrusted.natural(view.get("byteStride", width * size))
	var offset := Untrusted.natural(accessor.get("byteOffset", 0))
	var start := _start + Untrusted.natural(view.get("byteOffset", 0)) + offset
	if view.is_empty() or accessor.has("sparse") or Untrusted.natural(view.get("buffer", 0)) != 0:
		return _refuse("A track lies outside of the file's own data")
	if WIDTHS.get(Untrusted.text(accessor.get("type")), 0) != width or size == 0:
		return _refuse("A track is made of numbers of another kind")
	if (
		(stride < width * size or count < 1 or offset < 0 or start < _start + offset)
		or start + stride * (count - 1) + width * size > _end
	):
		return _refuse("A track reaches beyond its data")
	if count > most:
		return _refuse("A track has more than %d keys" % most)
	var is_plain := size == 4 and stride == width * size
	if not _spend(Budget.Cost.NUMBERS, count * width * (1 if is_plain else 4)):
		return PackedFloat32Array()
	if is_plain:
		return _bytes.slice(start, start + stride * count).to_float32_array()
	return _one_by_one(start, stride, count, width, type)


# Numbers that are small, or lie among others: each takes as long as several plain ones.
func _one_by_one(start: int, stride: int, count: int, width: int, type: int) -> PackedFloat32Array:
	var found := PackedFloat32Array()
	found.resize(count * width)
	var number := 0
	for element: int in count:
		for at: int in range(start, start + width * SIZES[type], SIZES[type]):
			if type == 5126:
				found[number] = _bytes.decode_float(at)
			elif type == 5122:
				found[number] = maxf(_bytes.decode_s16(at) / 32767.0, -1.0)
			elif type == 5123:
				found[number] = _bytes.decode_u16(at) / 65535.0
			elif type == 5120:
				found[number] = maxf(_bytes.decode_s8(at) / 127.0, -1.0)
			else:
				found[number] = _bytes[at] / 255.0
			number += 1
		start += stride
	return found


func _spend(cost: Budget.Cost, amount: int) -> bool:
	var has_left := _budget.spend(cost, amount)
	if not has_left:
		problem = _budget.problem
	return has_left


func _refuse(reason: String) -> PackedFloat32Array:
	problem = "%s; export the GLB again." % reason
	return PackedFloat32Array()

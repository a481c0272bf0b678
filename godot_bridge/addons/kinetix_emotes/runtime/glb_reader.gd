class_name GlbReader
extends RefCounted
## Reads the movement of the first animation in a GLB: no meshes, no pictures, and every number is checked
## before it is used. Godot's own loader does not live through every damaged file, and an emote may come
## from anywhere.

const Humanoid := preload("humanoid.gd")
const FPS := 30.0
## Keys that are not further from a frame count as on it.
const SAME_S := 0.0005
const MOST_KEYS := EmoteClip.MOST_FRAMES * 4
const WIDTHS: Dictionary[String, int] = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}
## glTF's component types → bytes.
const SIZES: Dictionary[int, int] = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5126: 4}

## Why the file cannot be read; empty while it can.
var problem := ""

var _document: Dictionary = {}
var _binary := PackedByteArray()
var _parents := PackedInt32Array()
var _locals: Array[Transform3D] = []
## Humanoid name → node.
var _bones: Dictionary[String, int] = {}


## The clip of a GLB's bytes, or null with a reason in [member problem].
func read(bytes: PackedByteArray) -> EmoteClip:
	if not _open(bytes):
		problem = "The file is not a whole GLB."
		return null
	_read_nodes()
	var channels := _channels()
	if not _bones.has("Hips") or channels.is_empty():
		problem = "The GLB holds no humanoid with an animation."
		return null
	var length := 0.0
	for channel: Array in channels.values():
		length = maxf(length, (channel[0] as PackedFloat32Array)[-1])
	if not is_finite(length) or length * FPS > EmoteClip.MOST_FRAMES - 1:
		problem = "The emote is longer than %d s." % roundi(EmoteClip.MOST_FRAMES / FPS)
		return null
	return _clip(channels, length)


func _open(bytes: PackedByteArray) -> bool:
	if bytes.size() < 20 or bytes.slice(0, 4).get_string_from_ascii() != "glTF":
		return false
	if bytes.decode_u32(4) != 2 or bytes.decode_u32(8) != bytes.size():
		return false
	var length := bytes.decode_u32(12)
	if length > bytes.size() - 20 or bytes.slice(16, 20).get_string_from_ascii() != "JSON":
		return false
	var json := JSON.new()
	if json.parse(bytes.slice(20, 20 + length).get_string_from_utf8()) != OK:
		return false
	_document = _row(json.data)
	var start := 20 + length + 8
	if start <= bytes.size():
		_binary = bytes.slice(start, mini(start + bytes.decode_u32(start - 8), bytes.size()))
	return true


# ---- the figure


func _read_nodes() -> void:
	var nodes := _rows("nodes")
	_parents.resize(nodes.size())
	_parents.fill(-1)
	for node: int in nodes.size():
		var row := _row(nodes[node])
		var place := _vector(row.get("translation"), [0.0, 0.0, 0.0])
		var turn := _vector(row.get("rotation"), [0.0, 0.0, 0.0, 1.0])
		var scale := _vector(row.get("scale"), [1.0, 1.0, 1.0])
		var basis := Basis(_quaternion(turn, 0)) * Basis.from_scale(_vector3(scale, 0))
		_locals.append(Transform3D(basis, _vector3(place, 0)))
		for child: Variant in _list(row.get("children")):
			var below := _whole(child)
			if below >= 0 and below < nodes.size() and below != node:
				_parents[below] = node
	var order := range(nodes.size())
	var skins := _rows("skins")
	if not skins.is_empty():
		# A mesh may be called as a bone; joints go first.
		order = _list(_row(skins[0]).get("joints")) + order
	for joint: Variant in order:
		var node := _whole(joint)
		if node < 0 or node >= nodes.size():
			continue
		var humanoid := Humanoid.name_of(str(_row(nodes[node]).get("name", "")))
		if not humanoid.is_empty() and not _bones.has(humanoid):
			_bones[humanoid] = node


## What lies above a node, up to the next bone in [param stops]; up to the top without them.
func _above(node: int, stops: Array[int] = []) -> Transform3D:
	var found := Transform3D.IDENTITY
	var at := _parents[node]
	for step: int in _parents.size():  # a damaged file may go round in circles
		if at < 0 or at in stops:
			break
		found = _locals[at] * found
		at = _parents[at]
	return found


# ---- the movement


## "node rotation" or "node translation" → times, values and values for each key.
func _channels() -> Dictionary[String, Array]:
	var found: Dictionary[String, Array] = {}
	var animations := _rows("animations")
	if animations.is_empty():
		return found
	var animation := _row(animations[0])
	var samplers := _list(animation.get("samplers"))
	for channel: Variant in _list(animation.get("channels")):
		var target := _row(_row(channel).get("target"))
		var path := str(target.get("path", ""))
		var number := _whole(_row(channel).get("sampler"))
		if path not in ["rotation", "translation"] or number < 0 or number >= samplers.size():
			continue
		var sampler := _row(samplers[number])
		var times := _numbers(_whole(sampler.get("input")), 1)
		var width := 4 if path == "rotation" else 3
		var values := _numbers(_whole(sampler.get("output")), width)
		var is_cubic := str(sampler.get("interpolation", "LINEAR")) == "CUBICSPLINE"
		var each := width * (3 if is_cubic else 1)
		if times.is_empty() or values.size() != times.size() * each:
			continue
		found["%d %s" % [_whole(target.get("node")), path]] = [times, values, each]
	return found


func _clip(channels: Dictionary[String, Array], length: float) -> EmoteClip:
	var clip := EmoteClip.new()
	clip.fps = FPS
	clip.frames = maxi(1, roundi(length * FPS) + 1)
	for humanoid: String in Humanoid.PARENTS:
		if _bones.has(humanoid):
			clip.bones.append(humanoid)
	clip.rotations.resize(clip.frames * clip.bones.size())
	var places: Dictionary[String, Vector3] = {}
	for row: int in clip.bones.size():
		var node := _bones[clip.bones[row]]
		places[clip.bones[row]] = (_above(node) * _locals[node]).origin
		var above := _above(node, _bones.values()).basis.get_rotation_quaternion()
		clip.rests.append(above * _locals[node].basis.get_rotation_quaternion())
		_fill_rotations(clip, row, above, channels.get("%d rotation" % node, []))
	clip.directions = Humanoid.directions_between(places)
	clip.hips_rest = places["Hips"]
	_fill_hips(clip, channels.get("%d translation" % _bones["Hips"], []))
	clip.available = clip.frames
	return clip


func _fill_rotations(clip: EmoteClip, row: int, above: Quaternion, channel: Array) -> void:
	var count := clip.bones.size()
	var turns: Array[Quaternion] = [clip.rests[row]]
	var times := PackedFloat32Array([0.0])
	if not channel.is_empty():
		times = channel[0]
		turns.clear()
		for key: int in times.size():
			turns.append(above * _quaternion(channel[1], _place(channel, key)))
	var last := times.size() - 1
	var key := 0
	var rotations := clip.rotations
	for frame: int in clip.frames:
		var time := frame / FPS
		while key < last and times[key + 1] <= time + SAME_S:
			key += 1
		var turn := turns[key]
		if key < last and time > times[key] + SAME_S:
			var share := (time - times[key]) / (times[key + 1] - times[key])
			turn = turn.slerp(turns[key + 1], share)
		rotations[frame * count + row] = turn


func _fill_hips(clip: EmoteClip, channel: Array) -> void:
	clip.hips.resize(clip.frames)
	clip.hips.fill(clip.hips_rest)
	if channel.is_empty():
		return
	var above := _above(_bones["Hips"])
	var times: PackedFloat32Array = channel[0]
	var last := times.size() - 1
	var key := 0
	for frame: int in clip.frames:
		var time := frame / FPS
		while key < last and times[key + 1] <= time + SAME_S:
			key += 1
		var here := _vector3(channel[1], _place(channel, key))
		if key < last and time > times[key] + SAME_S:
			var share := (time - times[key]) / (times[key + 1] - times[key])
			here = here.lerp(_vector3(channel[1], _place(channel, key + 1)), share)
		clip.hips[frame] = above * here


## Where the value of a key is among the numbers of its channel; with curves it is the middle one of three.
static func _place(channel: Array, key: int) -> int:
	var each: int = channel[2]
	return key * each + (each / 3 if each > 4 else 0)


# ---- numbers


## All numbers of an accessor, [param width] for each element; none when anything about it is wrong.
func _numbers(index: int, width: int) -> PackedFloat32Array:
	var none := PackedFloat32Array()
	var accessor := _at("accessors", index)
	var view := _at("bufferViews", _whole(accessor.get("bufferView")))
	var count := _whole(accessor.get("count"))
	var size: int = SIZES.get(_whole(accessor.get("componentType")), 0)
	var stride := _whole(view.get("byteStride", width * size))
	var start := _whole(view.get("byteOffset", 0)) + _whole(accessor.get("byteOffset", 0))
	if (
		(view.is_empty() or accessor.has("sparse"))
		or WIDTHS.get(str(accessor.get("type")), 0) != width
		or (size == 0 or stride < width * size or count < 1 or count > MOST_KEYS or start < 0)
		or start + stride * (count - 1) + width * size > _binary.size()
	):
		return none
	var found := PackedFloat32Array()
	if size == 4 and stride == width * size:
		found = _binary.slice(start, start + stride * count).to_float32_array()
	else:
		found.resize(count * width)
		for place: int in count * width:
			var at := start + place / width * stride + place % width * size
			found[place] = _component(at, _whole(accessor.get("componentType")))
	for number: float in found:
		if not is_finite(number):
			return none
	return found


func _component(at: int, type: int) -> float:
	match type:
		5120:
			return maxf(_binary.decode_s8(at) / 127.0, -1.0)
		5121:
			return _binary.decode_u8(at) / 255.0
		5122:
			return maxf(_binary.decode_s16(at) / 32767.0, -1.0)
		5123:
			return _binary.decode_u16(at) / 65535.0
	return _binary.decode_float(at)


static func _quaternion(values: PackedFloat32Array, at: int) -> Quaternion:
	var found := Quaternion(values[at], values[at + 1], values[at + 2], values[at + 3])
	var is_turn := found.is_finite() and found.length_squared() > 0.0001
	return found.normalized() if is_turn else Quaternion.IDENTITY


static func _vector3(values: PackedFloat32Array, at: int) -> Vector3:
	return Vector3(values[at], values[at + 1], values[at + 2])


# ---- JSON that may hold anything


func _at(key: String, index: int) -> Dictionary:
	var rows := _rows(key)
	return _row(rows[index]) if index >= 0 and index < rows.size() else {}


func _rows(key: String) -> Array:
	return _list(_document.get(key))


static func _list(found: Variant) -> Array:
	return found if found is Array else []


static func _row(found: Variant) -> Dictionary:
	return found if found is Dictionary else {}


## A whole number from 0, or -1.
static func _whole(found: Variant) -> int:
	if not (found is float or found is int):
		return -1
	var number: float = found
	return int(number) if number >= 0.0 and number < 1e9 and number == floorf(number) else -1


static func _vector(found: Variant, otherwise: Array) -> PackedFloat32Array:
	var numbers := _list(found)
	if numbers.size() != otherwise.size():
		return PackedFloat32Array(otherwise)
	for number: Variant in numbers:
		if not (number is float or number is int) or absf(number as float) > 1e6:
			return PackedFloat32Array(otherwise)
	return PackedFloat32Array(numbers)

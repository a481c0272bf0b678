class_name GlbReader
extends RefCounted
## Reads the movement of the first animation in a GLB: no meshes, no pictures, and every number is checked
## before it is used. Godot's own loader does not live through every damaged file, and an emote may come
## from anywhere.

const Budget := preload("budget.gd")
const GlbDocument := preload("glb_document.gd")
const GlbFace := preload("glb_face.gd")
const Humanoid := preload("../humanoid.gd")
const Untrusted := preload("untrusted.gd")

const _NO_MOVE: PackedFloat64Array = [0.0, 0.0, 0.0]
const _NO_TURN: PackedFloat64Array = [0.0, 0.0, 0.0, 1.0]
const _NO_MATRIX: PackedFloat64Array = [
	1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0
]
const _NO_SCALE: PackedFloat64Array = [1.0, 1.0, 1.0]

## Why the file cannot be read; empty while it can.
var problem := ""

var _budget: Budget
var _document: GlbDocument
var _parents := PackedInt32Array()
# Parents first.
var _order := PackedInt32Array()
var _turns: Array[Quaternion] = []
# A mirror along one axis is one through the point with half a turn: that turn, for nodes which have it.
var _mirrors: Dictionary[int, Quaternion] = {}
var _worlds: Array[Transform3D] = []
# Humanoid name → node.
var _bones: Dictionary[String, int] = {}
# Node → its track.
var _rotations: Dictionary[int, Track] = {}
var _travel: Track


## Keys of one bone.
class Track:
	## Accessor of the keys' times.
	var input := -1
	var times := PackedFloat32Array()
	var turns: Array[Quaternion] = []
	var places := PackedVector3Array()
	## Whether every key lasts until the next one.
	var holds := false


# [param budget] limits what the file may cost, and can cancel the reading.
func _init(budget := Budget.new()) -> void:
	_budget = budget


## The clip of a GLB's bytes, or null with a reason in [member problem]. Any thread may call it.
func read(bytes: PackedByteArray) -> EmoteClip:
	_budget.begin()
	_document = GlbDocument.new(_budget)
	var clip: EmoteClip
	if _document.open(bytes) and _read_nodes() and _place_nodes():
		_find_bones()
		clip = _read_clip()
	if problem.is_empty():
		problem = _document.problem
	return clip if problem.is_empty() else null


func _refuse(reason: String) -> bool:
	if problem.is_empty():
		problem = reason
	return false


# ---- the figure


func _read_nodes() -> bool:
	var rows := _document.rows("nodes")
	if not _budget.spend(Budget.Cost.NODES, rows.size()):
		return _refuse(_budget.problem)
	_parents.resize(rows.size())
	_parents.fill(-1)
	for node: int in rows.size():
		var row := Untrusted.row(rows[node])
		var is_there := (
			_take_matrix(row["matrix"]) if row.get("matrix") != null else _take_parts(node, row)
		)
		if not is_there:
			return _refuse("A node of the GLB lies nowhere; export the GLB again.")
		for child: Variant in Untrusted.list(row.get("children")):
			var below := Untrusted.natural(child)
			if below < 0 or below >= rows.size() or below == node or _parents[below] >= 0:
				return _refuse("The nodes of the GLB are no tree; export the GLB again.")
			_parents[below] = node
	return true


# How a node lies below its parent. False without sane numbers.
func _take_parts(node: int, row: Dictionary) -> bool:
	var place := Untrusted.numbers(row.get("translation"), _NO_MOVE)
	var turn := Untrusted.numbers(row.get("rotation"), _NO_TURN)
	var size := Untrusted.numbers(row.get("scale"), _NO_SCALE)
	if place.is_empty() or turn.is_empty() or size.is_empty():
		return false
	var scale := Vector3(size[0], size[1], size[2])
	_turns.append(Untrusted.unit(Quaternion(turn[0], turn[1], turn[2], turn[3])))
	if scale.x < 0.0 or scale.y < 0.0 or scale.z < 0.0:
		scale = _take_mirror(node, scale)
	var basis := Basis(_turns[node]) * Basis.from_scale(scale)
	_worlds.append(Transform3D(basis, Vector3(place[0], place[1], place[2])))
	return true


# The same for a node that says it with a matrix, column by column.
func _take_matrix(found: Variant) -> bool:
	var m := Untrusted.numbers(found, _NO_MATRIX)
	if m.is_empty():
		return false
	var sides: Array[Vector3] = []
	for side: int in 4:
		sides.append(Vector3(m[4 * side], m[4 * side + 1], m[4 * side + 2]))
	_worlds.append(Transform3D(sides[0], sides[1], sides[2], sides[3]))
	var turn := Basis(sides[0].normalized(), sides[1].normalized(), sides[2].normalized())
	# What is flat is not turned.
	var is_solid := absf(turn.determinant()) > 0.001
	_turns.append(turn.get_rotation_quaternion() if is_solid else Quaternion.IDENTITY)
	return true


# Turns the node by what its scale mirrors; returns a scale whose three parts have one sign.
func _take_mirror(node: int, scale: Vector3) -> Vector3:
	var sides := Vector3.ONE
	for axis: int in 3:
		sides[axis] = -1.0 if scale[axis] < 0.0 else 1.0
	var both := sides.x * sides.y * sides.z
	sides *= both
	if sides != Vector3.ONE:
		var half := Quaternion(maxf(sides.x, 0.0), maxf(sides.y, 0.0), maxf(sides.z, 0.0), 0.0)
		_mirrors[node] = half
		_turns[node] *= half
	return scale.abs() * both


# Puts every node into the world, those above first. False when the nodes go round in circles.
func _place_nodes() -> bool:
	var below: Dictionary[int, PackedInt32Array] = {}
	for node: int in _parents.size():
		var above := _parents[node]
		if above < 0:
			_order.append(node)
			continue
		if not below.has(above):
			below[above] = PackedInt32Array()
		below[above].append(node)
	var at := 0
	while at < _order.size():
		var node := _order[at]
		at += 1
		if _parents[node] >= 0:
			_worlds[node] = _worlds[_parents[node]] * _worlds[node]
		if below.has(node):
			_order.append_array(below[node])
	if _order.size() < _parents.size():
		return _refuse("The nodes of the GLB go round in a circle; export the GLB again.")
	return true


func _find_bones() -> void:
	var nodes := _document.rows("nodes")
	var is_known := PackedByteArray()
	is_known.resize(nodes.size())
	# A mesh may be called as a bone; joints go first.
	for joint: Variant in (
		Untrusted.list(_document.at("skins", 0).get("joints")) + range(nodes.size())
	):
		var node := Untrusted.natural(joint)
		if node < 0 or node >= nodes.size() or is_known[node] == 1:
			continue
		is_known[node] = 1
		var humanoid := Humanoid.name_of(Untrusted.text(Untrusted.row(nodes[node]).get("name")))
		if not humanoid.is_empty() and not _bones.has(humanoid):
			_bones[humanoid] = node


# ---- the movement


func _read_clip() -> EmoteClip:
	_read_tracks()
	if not problem.is_empty() or not _document.problem.is_empty():
		return null
	if not _bones.has("Hips") or (_rotations.is_empty() and not _travel):
		_refuse("The GLB holds no humanoid with an animation; export the armature with its clip.")
		return null
	var length := _travel.times[-1] if _travel else 0.0
	for track: Track in _rotations.values():
		length = maxf(length, track.times[-1])
	if length * GlbDocument.FPS > EmoteClip.MOST_FRAMES - 1:
		var most := roundi(EmoteClip.MOST_FRAMES / GlbDocument.FPS)
		_refuse("The emote is longer than %d s; cut it." % most)
		return null
	return _clip(length)


# The tracks that turn the bones, and the one that moves the hips.
func _read_tracks() -> void:
	var is_bone: Dictionary[int, bool] = {}
	for node: int in _bones.values():
		is_bone[node] = true
	var animation := _document.at("animations", 0)
	var samplers := Untrusted.list(animation.get("samplers"))
	for channel: Variant in Untrusted.list(animation.get("channels")):
		var target := Untrusted.row(Untrusted.row(channel).get("target"))
		var path := Untrusted.text(target.get("path"))
		var node := Untrusted.natural(target.get("node"))
		var is_travel: bool = path == "translation" and node == _bones.get("Hips", -2)
		if not is_travel and (path != "rotation" or not is_bone.has(node)):
			continue
		if (is_travel and _travel) or (not is_travel and _rotations.has(node)):
			_refuse("Two tracks of the GLB move the same bone; export the GLB again.")
			return
		var number := Untrusted.natural(Untrusted.row(channel).get("sampler"))
		if number < 0 or number >= samplers.size():
			_refuse("A track of the GLB has no keys; export the GLB again.")
			return
		var track := _track(Untrusted.row(samplers[number]), is_travel)
		if not track:
			return
		if is_travel:
			_travel = track
		else:
			_rotations[node] = track


func _track(sampler: Dictionary, is_travel: bool) -> Track:
	var track := Track.new()
	# Curves have three values for each key.
	var interpolation := Untrusted.text(sampler.get("interpolation"))
	var every := 3 if interpolation == "CUBICSPLINE" else 1
	track.input = Untrusted.natural(sampler.get("input"))
	track.times = _document.times(track.input)
	track.holds = interpolation == "STEP"
	var values := Untrusted.natural(sampler.get("output"))
	var count := 0
	if is_travel:
		track.places = _document.places(values, every)
		count = track.places.size()
	else:
		track.turns = _document.turns(values, every)
		count = track.turns.size()
	if not _document.problem.is_empty():
		return null
	if count != track.times.size():
		_refuse("A track of the GLB has other values than keys; export the GLB again.")
		return null
	return track


func _clip(length: float) -> EmoteClip:
	var clip := EmoteClip.new()
	clip.fps = GlbDocument.FPS
	clip.frames = maxi(1, roundi(length * GlbDocument.FPS) + 1)
	for humanoid: String in Humanoid.parents:
		if _bones.has(humanoid):
			clip.bones.append(humanoid)
	if not _budget.spend(Budget.Cost.POSES, clip.frames * clip.bones.size()):
		_refuse(_budget.problem)
		return null
	clip.rotations.resize(clip.frames * clip.bones.size())
	var aboves := _turns_above()
	var places: Dictionary[String, Vector3] = {}
	for row: int in clip.bones.size():
		if not _budget.may_go_on():
			_refuse(_budget.problem)
			return null
		var node := _bones[clip.bones[row]]
		places[clip.bones[row]] = _worlds[node].origin
		clip.rests.append(aboves[node] * _turns[node])
		_fill_rotations(clip, row, node, aboves[node])
	clip.directions = Humanoid.directions_between(places)
	clip.hips_rest = places["Hips"]
	_fill_hips(clip)
	for place: Vector3 in places.values() + Array(clip.hips):
		if not place.is_finite():
			_refuse("A bone of the GLB is infinitely far away; export the GLB again.")
			return null
	clip.is_upper_body = _is_upper_body()
	var face := GlbFace.new(_document, _budget)
	if not face.read(clip):
		_refuse(face.problem)
		return null
	clip.available = clip.frames
	return clip


# True when the file says that it moves the upper body alone, and does so.
func _is_upper_body() -> bool:
	var extras := Untrusted.row(_document.at("animations", 0).get("extras"))
	var own := Untrusted.row(extras.get("kinetix"))
	if Untrusted.text(own.get("body")) != "upper" or _travel:
		return false
	for humanoid: String in _bones:
		if not Humanoid.is_upper_body(humanoid) and _rotations.has(_bones[humanoid]):
			return false
	return true


# Node → the turn of what lies between it and the next bone above.
func _turns_above() -> Array[Quaternion]:
	var is_bone := PackedByteArray()
	is_bone.resize(_parents.size())
	for node: int in _bones.values():
		is_bone[node] = 1
	var found: Array[Quaternion] = []
	found.resize(_parents.size())
	found.fill(Quaternion.IDENTITY)
	for node: int in _order:
		var above := _parents[node]
		if above >= 0 and is_bone[above] == 0:
			# A chain of thousands would lose its length by and by.
			found[node] = (found[above] * _turns[above]).normalized()
	return found


func _fill_rotations(clip: EmoteClip, row: int, node: int, above: Quaternion) -> void:
	var count := clip.bones.size()
	var rotations := clip.rotations
	if not _rotations.has(node):
		for frame: int in clip.frames:
			rotations[frame * count + row] = clip.rests[row]
		return
	var turns := _rotations[node].turns
	var timeline := _timeline(_rotations[node], clip)
	var after: Quaternion = _mirrors.get(node, Quaternion.IDENTITY)
	for frame: int in clip.frames:
		var key := timeline.keys[frame]
		var turn := turns[key]
		if timeline.shares[frame] > 0.0:
			turn = turn.slerp(turns[key + 1], timeline.shares[frame])
		rotations[frame * count + row] = above * turn * after


func _fill_hips(clip: EmoteClip) -> void:
	clip.hips.resize(clip.frames)
	clip.hips.fill(clip.hips_rest)
	if not _travel:
		return
	var parent := _parents[_bones["Hips"]]
	var above := _worlds[parent] if parent >= 0 else Transform3D.IDENTITY
	var timeline := _timeline(_travel, clip)
	for frame: int in clip.frames:
		var key := timeline.keys[frame]
		var here := _travel.places[key]
		if timeline.shares[frame] > 0.0:
			here = here.lerp(_travel.places[key + 1], timeline.shares[frame])
		clip.hips[frame] = above * here


func _timeline(track: Track, clip: EmoteClip) -> GlbDocument.Timeline:
	return _document.timeline(track.input, clip.frames, track.holds)

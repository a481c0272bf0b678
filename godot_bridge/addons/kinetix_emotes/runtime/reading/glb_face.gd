extends RefCounted
## The face in a GLB: the weights of those morph targets that have ARKit's names.

const Budget := preload("budget.gd")
const FaceNames := preload("../face/face_names.gd")
const GlbDocument := preload("glb_document.gd")
const Untrusted := preload("untrusted.gd")

## Why it cannot be read; empty while it can.
var problem := ""

var _document: GlbDocument
var _budget: Budget


func _init(document: GlbDocument, budget: Budget) -> void:
	_document = document
	_budget = budget


## Gives the clip the shapes that the first animation moves. Of a shape that several meshes have, as those of lids and
## lashes, the first one counts. False, with a [member problem], when the file is damaged or costs too much.
func read(clip: EmoteClip) -> bool:
	var animation := _document.at("animations", 0)
	var samplers := Untrusted.list(animation.get("samplers"))
	var seen: Dictionary[String, bool] = {}
	var moved: Dictionary[int, bool] = {}
	var meshes: Dictionary[int, bool] = {}
	for channel: Variant in Untrusted.list(animation.get("channels")):
		var target := Untrusted.row(Untrusted.row(channel).get("target"))
		if Untrusted.text(target.get("path")) != "weights":
			continue
		var node := Untrusted.natural(target.get("node"))
		if moved.has(node):
			return _refuse("Two tracks of the GLB move the same face; export the GLB again.")
		moved[node] = true
		var mesh := Untrusted.natural(_document.at("nodes", node).get("mesh"))
		if meshes.has(mesh):
			continue
		meshes[mesh] = true
		var names := _names(mesh)
		if not _is_new(names, seen):
			continue
		var number := Untrusted.natural(Untrusted.row(channel).get("sampler"))
		if number < 0 or number >= samplers.size():
			return _refuse("A track of the GLB has no keys; export the GLB again.")
		if not _take(clip, Untrusted.row(samplers[number]), names, seen):
			return false
	return true


# The names of a mesh's targets, in their order; none when they are missing.
func _names(number: int) -> PackedStringArray:
	var mesh := _document.at("meshes", number)
	var targets := Untrusted.list(Untrusted.row(mesh.get("extras")).get("targetNames"))
	var primitives := Untrusted.list(mesh.get("primitives"))
	var first := Untrusted.row(primitives[0]) if not primitives.is_empty() else {}
	var names := PackedStringArray()
	if targets.size() == Untrusted.list(first.get("targets")).size():
		for name: Variant in targets:
			names.append(Untrusted.text(name))
	return names


static func _is_new(names: PackedStringArray, seen: Dictionary[String, bool]) -> bool:
	for shape: String in FaceNames.arkit:
		if not shape.is_empty() and not seen.has(shape) and shape in names:
			return true
	return false


func _take(
	clip: EmoteClip, sampler: Dictionary, names: PackedStringArray, seen: Dictionary[String, bool]
) -> bool:
	var interpolation := Untrusted.text(sampler.get("interpolation"))
	# Curves have three values for each key, of which the one in the middle counts.
	var every := 3 if interpolation == "CUBICSPLINE" else 1
	var input := Untrusted.natural(sampler.get("input"))
	var times := _document.times(input)
	var values := _document.weights(Untrusted.natural(sampler.get("output")))
	if not _document.problem.is_empty():
		return _refuse(_document.problem)
	if values.size() != times.size() * every * names.size():
		return _refuse("A track of the GLB has other values than keys; export the GLB again.")
	var timeline := _document.timeline(input, clip.frames, interpolation == "STEP")
	for target: int in names.size():
		var shape := names[target]
		if seen.has(shape) or shape.is_empty() or shape not in FaceNames.arkit:
			continue
		seen[shape] = true
		if not _budget.spend(Budget.Cost.NUMBERS, clip.frames):
			return _refuse(_budget.problem)
		var first := every / 2 * names.size() + target
		var weights := _weights(timeline, values, every * names.size(), first)
		var sum := 0.0
		for weight: float in weights:
			sum += absf(weight)
		# Written to reject NaN.
		if not sum < Untrusted.LARGEST:
			return _refuse("A face has a weight that is no sane number; export the GLB again.")
		# A shape that never moves is left to the character.
		if sum > 0.0:
			clip.face[shape] = weights
	return true


# Return one shape's weight in each frame; its value of the first key is at [param first].
static func _weights(
	timeline: GlbDocument.Timeline, values: PackedFloat32Array, step: int, first: int
) -> PackedFloat32Array:
	var weights := PackedFloat32Array()
	weights.resize(timeline.keys.size())
	for frame: int in weights.size():
		var at := timeline.keys[frame] * step + first
		weights[frame] = values[at]
		if timeline.shares[frame] > 0.0:
			weights[frame] = lerpf(values[at], values[at + step], timeline.shares[frame])
	return weights


func _refuse(reason: String) -> bool:
	problem = reason
	return false

class_name EmoteFace
extends RefCounted
## The blend shapes of a character's meshes that an emote moves: which meshes have them, and how they were before.

const EmoteMixer := preload("../playing/emote_mixer.gd")


## A blend shape, and how much of the emote it shows.
class Shape:
	var mesh: MeshInstance3D
	var number := -1
	var base := 0.0
	var weight := 0.0
	var aim := 0.0


# Path of its track, from the root of the scene → the shape.
var _shapes: Dictionary[NodePath, Shape] = {}
var _speed := INF


## Meshes with blend shapes that [param skeleton] bends.
static func meshes_of(skeleton: Skeleton3D, root: Node) -> Array[MeshInstance3D]:
	var found: Array[MeshInstance3D] = []
	for mesh: MeshInstance3D in root.find_children("*", "MeshInstance3D", true, false):
		var is_own := (
			skeleton.is_ancestor_of(mesh) or mesh.get_node_or_null(mesh.skeleton) == skeleton
		)
		if is_own and mesh.mesh and mesh.get_blend_shape_count() > 0:
			found.append(mesh)
	return found


## Whether some mesh of the character has blend shapes.
static func is_on(skeleton: Skeleton3D) -> bool:
	var root := EmoteMixer.root_of(skeleton)
	return root != null and not meshes_of(skeleton, root).is_empty()


## Fades to the blend shapes that [param animation] moves, within [param seconds]; null is none of them.
func aim(root: Node, animation: Animation, seconds: float) -> void:
	for shape: Shape in _shapes.values():
		shape.aim = 0.0
	for track: int in animation.get_track_count() if animation else 0:
		if animation.track_get_type(track) == Animation.TYPE_BLEND_SHAPE:
			_aim_shape(root, animation.track_get_path(track))
	_speed = 1.0 / seconds if seconds > 0.0 else INF
	if seconds <= 0.0:
		mix(1.0)


## True while one of them is not shown as it was aimed at.
func is_moving() -> bool:
	for shape: Shape in _shapes.values():
		if shape.weight != shape.aim:
			return true
	return false


## Mixes after the emote has been written to the meshes. Returns false once all are at their aim.
func mix(delta: float) -> bool:
	for path: NodePath in _shapes.keys():
		var shape := _shapes[path]
		if not is_instance_valid(shape.mesh):
			_shapes.erase(path)
			continue
		if shape.weight == 1.0 and shape.aim == 1.0:
			continue
		shape.weight = move_toward(shape.weight, shape.aim, delta * _speed)
		var emote := shape.mesh.get_blend_shape_value(shape.number)
		shape.mesh.set_blend_shape_value(shape.number, lerpf(shape.base, emote, shape.weight))
		if shape.weight == 0.0 and shape.aim == 0.0:
			_shapes.erase(path)
	return is_moving()


## Puts the face back that was there without the emote.
func restore() -> void:
	for shape: Shape in _shapes.values():
		if is_instance_valid(shape.mesh):
			shape.mesh.set_blend_shape_value(shape.number, shape.base)
	_shapes.clear()


func _aim_shape(root: Node, path: NodePath) -> void:
	if not _shapes.has(path):
		var mesh := root.get_node_or_null(NodePath(path.get_concatenated_names())) as MeshInstance3D
		if not mesh:
			return
		var shape := Shape.new()
		shape.mesh = mesh
		shape.number = mesh.find_blend_shape_by_name(path.get_concatenated_subnames())
		shape.base = mesh.get_blend_shape_value(shape.number)
		_shapes[path] = shape
	_shapes[path].aim = 1.0

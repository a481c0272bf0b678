class_name EmoteVariants
extends RefCounted
## Animations as one kind of character needs them: masked, looped, with its own path to the skeleton. Characters
## of the same kind share them.

const Humanoid := preload("humanoid.gd")
const MOST := 256

static var _shared := EmoteCache.new()


## Returns [param animation] itself when it fits, else a copy. [param root] is where its paths begin.
static func adapt(
	animation: Animation, skeleton: Skeleton3D, root: Node, upper_body: bool, loops: bool
) -> Animation:
	var has_loop := animation.loop_mode != Animation.LOOP_NONE
	var faces := _faces_of(animation, skeleton, root)
	if (
		faces.is_empty()
		and not upper_body
		and has_loop == loops
		and _paths_fit(animation, skeleton, root)
	):
		return animation
	var place := root.get_path_to(skeleton)
	var key := "%d %s %s %s %s" % [animation.get_instance_id(), upper_body, loops, place, faces]
	var known := _shared.find(key) as Animation
	if known:
		return known
	var own := animation.duplicate(true) as Animation
	if loops and not has_loop:
		own.loop_mode = Animation.LOOP_LINEAR
	elif not loops:
		own.loop_mode = Animation.LOOP_NONE
	for track: int in range(own.get_track_count() - 1, -1, -1):
		var bone := str(own.track_get_path(track).get_concatenated_subnames())
		if own.track_get_type(track) == Animation.TYPE_BLEND_SHAPE:
			_place_shape(own, track, faces[bone])
		elif upper_body and not Humanoid.is_upper_body(Humanoid.name_of(bone)):
			own.remove_track(track)
		else:
			own.track_set_path(track, NodePath("%s:%s" % [place, bone]))
	_shared.capacity = MOST
	_shared.store(key, own)
	return own


## Gives the tracks of a face the paths of the meshes that have its shapes; those of other shapes go.
static func place_face(animation: Animation, skeleton: Skeleton3D, root: Node) -> void:
	var faces := _faces_of(animation, skeleton, root)
	for track: int in range(animation.get_track_count() - 1, -1, -1):
		if animation.track_get_type(track) == Animation.TYPE_BLEND_SHAPE:
			var shape := str(animation.track_get_path(track).get_concatenated_subnames())
			_place_shape(animation, track, faces[shape])


## Blend shape that the animation moves → paths of the meshes that have it; none of them for most emotes.
static func _faces_of(
	animation: Animation, skeleton: Skeleton3D, root: Node
) -> Dictionary[String, Array]:
	var found: Dictionary[String, Array] = {}
	for track: int in animation.get_track_count():
		if animation.track_get_type(track) == Animation.TYPE_BLEND_SHAPE:
			found[str(animation.track_get_path(track).get_concatenated_subnames())] = []
	if found.is_empty():
		return found
	for mesh: MeshInstance3D in EmoteFace.meshes_of(skeleton, root):
		for shape: String in found:
			if mesh.find_blend_shape_by_name(shape) >= 0:
				found[shape].append(root.get_path_to(mesh))
	return found


## Has the track of a blend shape move that of every mesh in [param places]. Without one it goes: Godot
## warns of a mesh that lacks it.
static func _place_shape(animation: Animation, track: int, places: Array) -> void:
	if places.is_empty():
		animation.remove_track(track)
		return
	var shape := animation.track_get_path(track).get_concatenated_subnames()
	for index: int in places.size():
		var to := track
		if index > 0:
			animation.copy_track(track, animation)
			to = animation.get_track_count() - 1
		animation.track_set_path(to, NodePath("%s:%s" % [places[index], shape]))


## Gives the copies of an animation that is still being made the keys that it got since.
static func grow(source: Animation) -> void:
	var mark := "%d " % source.get_instance_id()
	for key: String in _shared.keys():
		if key.begins_with(mark):
			_grow_one(_shared.find(key) as Animation, source)


static func _grow_one(copy: Animation, source: Animation) -> void:
	var tracks: Dictionary[String, int] = {}
	for track: int in source.get_track_count():
		tracks[_key_of(source, track)] = track
	for track: int in copy.get_track_count():
		var from: int = tracks[_key_of(copy, track)]
		for key: int in range(copy.track_get_key_count(track), source.track_get_key_count(from)):
			var time := source.track_get_key_time(from, key)
			copy.track_insert_key(track, time, source.track_get_key_value(from, key))


static func _key_of(animation: Animation, track: int) -> String:
	var bone := animation.track_get_path(track).get_concatenated_subnames()
	return "%d %s" % [animation.track_get_type(track), bone]


static func _paths_fit(animation: Animation, skeleton: Skeleton3D, root: Node) -> bool:
	for track: int in animation.get_track_count():
		var path := animation.track_get_path(track)
		var node := NodePath(path.get_concatenated_names())
		return root.get_node_or_null(node) == skeleton
	return true

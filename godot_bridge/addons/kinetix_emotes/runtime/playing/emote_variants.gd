class_name EmoteVariants
extends RefCounted
## Animations masked, looped and with the path to the skeleton for one kind of character, which share them.

const FaceTargets := preload("../face/face_targets.gd")
const Humanoid := preload("../humanoid.gd")
const MOST := 256
## What a copy remembers of the face that it moves, to grow by.
const FACES := &"kinetix_faces"
## Marks an animation that is still being made, with which its copies grow; those of others are made anew.
const GROWS := &"kinetix_grows"

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
	var key := "%s%s %s %s %s" % [_mark_of(animation), upper_body, loops, place, faces]
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
			continue
		if upper_body and not Humanoid.is_upper_body(Humanoid.name_of(bone)):
			own.remove_track(track)
		else:
			own.track_set_path(track, NodePath("%s:%s" % [place, bone]))
	if not faces.is_empty():
		_place_faces(own, faces)
		own.set_meta(FACES, faces)
	_shared.capacity = MOST
	_shared.store(key, own)
	var forget := _forget.bind(_mark_of(animation))
	if not animation.has_meta(GROWS) and not animation.changed.is_connected(forget):
		animation.changed.connect(forget, CONNECT_ONE_SHOT)
	return own


static func _forget(mark: String) -> void:
	for key: String in _shared.keys():
		if key.begins_with(mark):
			_shared.erase(key)


# How the keys of an animation's copies begin.
static func _mark_of(animation: Animation) -> String:
	return "%d " % animation.get_instance_id()


## Has the tracks of a face move the blend shapes that show its shapes; those of other shapes go.
static func place_face(animation: Animation, skeleton: Skeleton3D, root: Node) -> void:
	_place_faces(animation, _faces_of(animation, skeleton, root))


# Return shape of the animation → paths of the blend shapes that show it, with their shares.
static func _faces_of(
	animation: Animation, skeleton: Skeleton3D, root: Node
) -> Dictionary[String, Dictionary]:
	var found: Dictionary[String, Dictionary] = {}
	var moved := _shape_tracks(animation)
	if moved.is_empty():
		return found
	var targets := FaceTargets.of(skeleton, root)
	for shape: String in moved:
		found[shape] = targets.get(shape, {})
	return found


static func _place_faces(animation: Animation, faces: Dictionary[String, Dictionary]) -> void:
	var moved := _shape_tracks(animation)
	var all_parts := _parts(faces, moved)
	for target: NodePath in all_parts:
		var parts: Dictionary[int, float] = all_parts[target]
		if parts.size() == 1 and parts.values()[0] == 1.0:
			animation.copy_track(parts.keys()[0] as int, animation)
			animation.track_set_path(animation.get_track_count() - 1, target)
			continue
		var track := animation.add_track(Animation.TYPE_BLEND_SHAPE)
		animation.track_set_path(track, target)
		_add_up(animation, track, animation, parts)
	# Those that moved shapes. Godot warns of a mesh that lacks one.
	var former := moved.values()
	former.sort()
	former.reverse()
	for track: int in former:
		animation.remove_track(track)


# Shape → its track. Of several meshes that have it in the emote's file, one counts.
static func _shape_tracks(animation: Animation) -> Dictionary[String, int]:
	var found: Dictionary[String, int] = {}
	for track: int in animation.get_track_count():
		if animation.track_get_type(track) == Animation.TYPE_BLEND_SHAPE:
			found[str(animation.track_get_path(track).get_concatenated_subnames())] = track
	return found


# Return for each blend shape the tracks whose shapes it shows, with their shares.
static func _parts(
	faces: Dictionary[String, Dictionary], moved: Dictionary[String, int]
) -> Dictionary[NodePath, Dictionary]:
	var found: Dictionary[NodePath, Dictionary] = {}
	for shape: String in faces:
		for target: NodePath in faces[shape] if moved.has(shape) else {}:
			if not found.has(target):
				var parts: Dictionary[int, float] = {}
				found[target] = parts
			found[target][moved[shape]] = faces[shape][target]
	return found


# Gives a blend shape's track the sum of the parts, from the end of the keys that it has.
static func _add_up(
	to: Animation, track: int, source: Animation, parts: Dictionary[int, float]
) -> void:
	var count := to.track_get_key_count(track)
	var last := to.track_get_key_time(track, count - 1) if count > 0 else -INF
	var times: Dictionary[float, bool] = {}
	for part: int in parts:
		for key: int in range(source.track_get_key_count(part) - 1, -1, -1):
			var time := source.track_get_key_time(part, key)
			if time <= last:
				break
			times[time] = true
	for time: float in times:
		var weight := 0.0
		for part: int in parts:
			weight += parts[part] * source.blend_shape_track_interpolate(part, time)
		to.blend_shape_track_insert_key(track, time, weight)


## Gives the copies of an animation that is still being made the keys that it got since.
static func grow(source: Animation) -> void:
	var mark := _mark_of(source)
	for key: String in _shared.keys():
		if key.begins_with(mark):
			_grow_one(_shared.find(key) as Animation, source)


static func _grow_one(copy: Animation, source: Animation) -> void:
	var tracks: Dictionary[String, int] = {}
	var faces: Dictionary[String, Dictionary] = {}
	if copy.has_meta(FACES):
		faces = copy.get_meta(FACES)
	var parts := _parts(faces, _shape_tracks(source))
	for track: int in source.get_track_count():
		tracks[_key_of(source, track)] = track
	for track: int in copy.get_track_count():
		if copy.track_get_type(track) == Animation.TYPE_BLEND_SHAPE:
			_add_up(copy, track, source, parts[copy.track_get_path(track)])
			continue
		var from: int = tracks[_key_of(copy, track)]
		for key: int in range(copy.track_get_key_count(track), source.track_get_key_count(from)):
			var time := source.track_get_key_time(from, key)
			copy.track_insert_key(track, time, source.track_get_key_value(from, key))


static func _key_of(animation: Animation, track: int) -> String:
	var bone := animation.track_get_path(track).get_concatenated_subnames()
	return "%d %s" % [animation.track_get_type(track), bone]


static func _paths_fit(animation: Animation, skeleton: Skeleton3D, root: Node) -> bool:
	if animation.get_track_count() == 0:
		return true
	var node := NodePath(animation.track_get_path(0).get_concatenated_names())
	return root.get_node_or_null(node) == skeleton

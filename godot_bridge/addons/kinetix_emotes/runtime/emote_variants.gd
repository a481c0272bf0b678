class_name EmoteVariants
extends RefCounted
## Animations as one kind of character needs them: masked, looped, with its own path to the skeleton. Characters
## of the same kind share them.

const MOST := 256

static var _shared := EmoteCache.new()


## Returns [param animation] itself when it fits, else a copy. [param root] is where its paths begin.
static func adapt(
	animation: Animation, skeleton: Skeleton3D, root: Node, upper_body: bool, loops: bool
) -> Animation:
	var has_loop := animation.loop_mode != Animation.LOOP_NONE
	if not upper_body and has_loop == loops and _paths_fit(animation, skeleton, root):
		return animation
	var place := root.get_path_to(skeleton)
	var key := "%d %s %s %s" % [animation.get_instance_id(), upper_body, loops, place]
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
		if (
			upper_body
			and not EmoteSampler.Humanoid.is_upper_body(EmoteSampler.Humanoid.name_of(bone))
		):
			own.remove_track(track)
		else:
			own.track_set_path(track, NodePath("%s:%s" % [place, bone]))
	_shared.capacity = MOST
	_shared.store(key, own)
	return own


static func _paths_fit(animation: Animation, skeleton: Skeleton3D, root: Node) -> bool:
	for track: int in animation.get_track_count():
		var path := animation.track_get_path(track)
		var node := NodePath(path.get_concatenated_names())
		return root.get_node_or_null(node) == skeleton
	return true

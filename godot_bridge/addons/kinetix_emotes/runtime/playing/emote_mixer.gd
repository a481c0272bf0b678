extends AnimationPlayer
## The [AnimationPlayer] inside an [EmotePlayer]: plays animations on one skeleton, advanced by hand.

const LIBRARY := &"emotes"
## How many animations stay ready to play again without a hitch.
const MOST_READY := 16

var _skeleton: Skeleton3D
var _library := AnimationLibrary.new()
var _ready_names: Dictionary[int, StringName] = {}
var _next_name := 0


func _init() -> void:
	callback_mode_process = AnimationMixer.ANIMATION_CALLBACK_MODE_PROCESS_MANUAL
	add_animation_library(LIBRARY, _library)


## Chooses the skeleton. Call it inside the tree, and again before [method start]: a scene may have moved.
func stand_on(skeleton: Skeleton3D) -> void:
	_skeleton = skeleton
	var place := get_path_to(root_of(skeleton))
	if root_node != place:
		root_node = place


func start(animation: Animation, from: float) -> void:
	play(StringName("%s/%s" % [LIBRARY, _ready_name(animation)]), 0.0)
	seek(from, false)


## Return the root of track paths: unique names are found from the scene that owns the skeleton.
static func root_of(skeleton: Skeleton3D) -> Node:
	return skeleton.owner if skeleton.owner else skeleton.get_parent()


static func path_of(skeleton: Skeleton3D) -> NodePath:
	return root_of(skeleton).get_path_to(skeleton)


# Those that were not played for long are let go.
func _ready_name(animation: Animation) -> StringName:
	var key := animation.get_instance_id()
	var name: StringName = _ready_names.get(key, &"")
	if name.is_empty():
		name = StringName("e%d" % _next_name)
		_next_name += 1
		_library.add_animation(name, animation)
	_ready_names.erase(key)
	_ready_names[key] = name
	if _ready_names.size() > MOST_READY:
		var oldest: int = _ready_names.keys()[0]
		_library.remove_animation(_ready_names[oldest])
		_ready_names.erase(oldest)
	return name

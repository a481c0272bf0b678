extends RefCounted
## The blend shapes of a character that show the shapes of a face, by name or VRM expression.

const EmoteMixer := preload("../playing/emote_mixer.gd")
const FaceNames := preload("face_names.gd")

## The VRM add-on for Godot writes the shares of VRM 1 as hundredths. True ones of that size move nothing that is seen.
const HUNDREDTH := 0.01


## Shape → paths of the blend shapes from [param root], each with how much of it the whole shape is.
static func of(skeleton: Skeleton3D, root: Node) -> Dictionary[String, Dictionary]:
	var meshes := EmoteFace.meshes_of(skeleton, root)
	var named: Dictionary[String, Dictionary] = {}
	for mesh: MeshInstance3D in meshes:
		var shapes := mesh.mesh as ArrayMesh
		for number: int in shapes.get_blend_shape_count() if shapes else 0:
			var name := shapes.get_blend_shape_name(number)
			_add(named, FaceNames.plain(name), _path(root, mesh, name), 1.0)
	return FaceNames.shown_by(named, _expressions(root, meshes))


# The expressions of a VRM model are animations there, each with a key for every blend shape that it moves.
static func _expressions(
	root: Node, meshes: Array[MeshInstance3D]
) -> Dictionary[String, Dictionary]:
	var found: Dictionary[String, Dictionary] = {}
	for player: AnimationPlayer in root.find_children("*", "AnimationPlayer", true, false):
		var base := player.get_node_or_null(player.root_node)
		if not base or player is EmoteMixer:
			continue
		for expression: StringName in player.get_animation_list():
			var animation := player.get_animation(expression)
			for track: int in animation.get_track_count():
				if animation.track_get_type(track) != Animation.TYPE_BLEND_SHAPE:
					continue
				var path := animation.track_get_path(track)
				var place := NodePath(path.get_concatenated_names())
				var mesh := base.get_node_or_null(place) as MeshInstance3D
				var share := _share(animation, track)
				if mesh in meshes and share > 0.0:
					var target := _path(root, mesh, path.get_concatenated_subnames())
					_add(found, FaceNames.plain(expression), target, share)
	return found


static func _share(animation: Animation, track: int) -> float:
	var most := 0.0
	for key: int in animation.track_get_key_count(track):
		most = maxf(most, float(animation.track_get_key_value(track, key)))
	return most / HUNDREDTH if most <= HUNDREDTH else minf(most, 1.0)


static func _path(root: Node, mesh: MeshInstance3D, shape: StringName) -> NodePath:
	return NodePath("%s:%s" % [root.get_path_to(mesh), shape])


static func _add(
	to: Dictionary[String, Dictionary], name: String, target: NodePath, share: float
) -> void:
	if not to.has(name):
		to[name] = {}
	to[name][target] = share

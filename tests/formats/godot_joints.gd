extends SceneTree
# Loads GLB files and prints, per file, one JSON line: {"names": [...], "frames": [[place, turn], ...]} in the world, and
# "shapes" and "weights": the blend shapes of the mesh.


func _initialize() -> void:
	var args := OS.get_cmdline_user_args()
	var fps := float(args[0])
	var frames := int(args[1])
	await process_frame
	for path: String in args.slice(2):
		print("JOINTS ", JSON.stringify(_joints(path, fps, frames)))
	quit(0)


func _joints(path: String, fps: float, frames: int) -> Dictionary:
	var document := GLTFDocument.new()
	var state := GLTFState.new()
	if document.append_from_file(path, state) != OK:
		return {"error": "cannot read"}
	var scene := document.generate_scene(state, fps)
	root.add_child(scene)
	var skeleton: Skeleton3D = scene.find_children("*", "Skeleton3D", true, false)[0]
	var player: AnimationPlayer = scene.find_children("*", "AnimationPlayer", true, false)[0]
	var clip: String = player.get_animation_list()[0]
	player.play(clip)
	player.pause()
	var names: Array[String] = []
	for bone in skeleton.get_bone_count():
		names.append(skeleton.get_bone_name(bone))
	var mesh: MeshInstance3D = scene.find_children("*", "MeshInstance3D", true, false)[0]
	var shapes: Array[String] = []
	for shape in mesh.get_blend_shape_count():
		shapes.append((mesh.mesh as ArrayMesh).get_blend_shape_name(shape))
	var weights: Array[Array] = []
	var rows: Array[Array] = []
	for frame in frames:
		player.seek(frame / fps, true)
		var row: Array[float] = []
		for bone in skeleton.get_bone_count():
			var place := skeleton.global_transform * skeleton.get_bone_global_pose(bone).origin
			var turn := (skeleton.global_basis * skeleton.get_bone_global_pose(bone).basis).get_rotation_quaternion()
			row.append_array([place.x, place.y, place.z, turn.x, turn.y, turn.z, turn.w])
		rows.append(row)
		weights.append(range(shapes.size()).map(mesh.get_blend_shape_value))
	scene.queue_free()
	return {"names": names, "frames": rows, "shapes": shapes, "weights": weights}

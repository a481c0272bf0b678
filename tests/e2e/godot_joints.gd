## Run with `-s`: loads an imported emote, plays it frame by frame and writes hips and wrists as JSON.
extends SceneTree


func _initialize() -> void:
	var arguments: PackedStringArray = OS.get_cmdline_user_args()
	var scene: PackedScene = load(arguments[0])
	var fps: float = float(arguments[2])
	var count: int = int(arguments[3])
	var root_node: Node3D = scene.instantiate()
	root.add_child(root_node)
	await process_frame
	var skeleton: Skeleton3D = root_node.find_children("*", "Skeleton3D", true, false)[0]
	var player: AnimationPlayer = root_node.find_children("*", "AnimationPlayer", true, false)[0]
	var animation: StringName = player.get_animation_list()[0]
	player.callback_mode_process = AnimationMixer.ANIMATION_CALLBACK_MODE_PROCESS_MANUAL
	player.play(animation)
	var frames: Array = []
	for index: int in count:
		player.seek(index / fps, true)
		var joints: Dictionary = {}
		for bone: String in ["Hips", "LeftHand", "RightHand"]:
			var pose: Transform3D = skeleton.global_transform * skeleton.get_bone_global_pose(skeleton.find_bone(bone))
			joints[bone] = [pose.origin.x, pose.origin.y, pose.origin.z]
		frames.append(joints)
	var file: FileAccess = FileAccess.open(arguments[1], FileAccess.WRITE)
	file.store_string(JSON.stringify(frames))
	file.close()
	quit(0)

extends TestCheck
## An emote with a face: its blend shapes move on a character that has them and are left out on one that has none.


func _initialize() -> void:
	await process_frame
	_imports_body_and_face()
	_plays_on_a_character_with_a_face()
	_ends_before_an_emote_without_a_face()
	_plays_the_body_on_a_character_without()
	_reads_the_file_in_the_game()
	finish()


func _library() -> AnimationLibrary:
	return load("res://talk/talk.glb") as AnimationLibrary


func _clip() -> Animation:
	return _library().get_animation(_library().get_animation_list()[0])


func _character(scene: String) -> Node3D:
	var body := Node3D.new()
	body.add_child((load(scene) as PackedScene).instantiate())
	root.add_child(body)
	return body


func _player(body: Node) -> EmotePlayer:
	var player := EmotePlayer.new()
	var wave := load("res://sample_emotes/wave.glb") as AnimationLibrary
	player.libraries = [_library(), wave]
	body.add_child(player)
	return player


func _weight(body: Node, shape: String) -> float:
	for mesh: MeshInstance3D in body.find_children("*", "MeshInstance3D", true, false):
		var number := mesh.find_blend_shape_by_name(shape)
		if number >= 0:
			return mesh.get_blend_shape_value(number)
	return -1.0


func _arm_is_up(player: EmotePlayer) -> bool:
	var skeleton := player.skeleton
	var bone := skeleton.find_bone("LeftLowerArm")
	var rest := skeleton.get_bone_rest(bone).basis.get_rotation_quaternion()
	return rest.angle_to(skeleton.get_bone_pose_rotation(bone)) > 0.2


func _imports_body_and_face() -> void:
	var shapes := 0
	var bones := 0
	for track: int in _clip().get_track_count():
		var is_shape := _clip().track_get_type(track) == Animation.TYPE_BLEND_SHAPE
		shapes += 1 if is_shape else 0
		bones += 0 if is_shape else 1
	check(shapes == 52 and bones > 20, "%d shapes, %d bones" % [shapes, bones])


func _plays_on_a_character_with_a_face() -> void:
	var body := _character("res://talk/face.glb")
	var player := _player(body)
	player.upper_body_only = true
	check(player.play(&"talk"), "talk is known")
	step(player, 0.1)
	near(_weight(body, "jawOpen"), 0.25, "half of it after half of the fade", 0.1)
	step(player, 0.5)
	near(_weight(body, "jawOpen"), 0.5, "the jaw is open")
	near(_weight(body, "mouthSmileLeft"), 0.0, "no other shape moves")
	check(_arm_is_up(player), "the arm waves")
	step(player, 3.0)
	check(not player.is_playing(), "it has ended")
	near(_weight(body, "jawOpen"), 0.0, "the face is as it was", 0.0001)
	player.play(&"talk")
	step(player, 0.5)
	player.stop(true)
	near(_weight(body, "jawOpen"), 0.0, "also after it was cut off", 0.0001)
	body.free()


func _ends_before_an_emote_without_a_face() -> void:
	var body := _character("res://talk/face.glb")
	var player := _player(body)
	player.play(&"talk")
	step(player, 0.6)
	player.play(&"wave")
	step(player, 0.6)
	check(player.current == &"wave", "wave plays")
	near(_weight(body, "jawOpen"), 0.0, "the jaw has closed", 0.0001)
	body.free()


func _plays_the_body_on_a_character_without() -> void:
	var body := _character("res://characters/mannequin.glb")
	var player := _player(body)
	check(player.play(&"talk"), "talk is known")
	step(player, 0.6)
	check(_arm_is_up(player), "the arm waves without a face")
	body.free()


func _reads_the_file_in_the_game() -> void:
	var problems := PackedStringArray()
	var clip := EmoteClip.from_glb(FileAccess.get_file_as_bytes("res://talk/talk.glb"), problems)
	check(clip != null and problems.is_empty(), "read: %s" % [problems])
	check(clip and clip.bones.size() > 20 and clip.frames == 49, "the body is whole")

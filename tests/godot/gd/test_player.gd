extends TestCheck
## EmotePlayer: every word of its interface, on a character imported with the humanoid profile.

var heard: Array[String] = []


func _initialize() -> void:
	await process_frame
	await each(
		[
			_plays_and_ends,
			_queues,
			_seeks_pauses_and_changes_speed,
			_loops,
			_masks_the_upper_body,
			_fades_over_another_animation,
			_adds,
			_holds_in_place,
			_moves_the_body,
		]
	)
	await _says_what_is_wrong()
	finish()


func prepare() -> void:
	heard.clear()
	player.emote_started.connect(func(e: StringName) -> void: heard.append("started " + e))
	player.emote_finished.connect(func(e: StringName) -> void: heard.append("finished " + e))
	player.emote_stopped.connect(func(e: StringName) -> void: heard.append("stopped " + e))
	player.emote_looped.connect(func(e: StringName) -> void: heard.append("looped " + e))


func _plays_and_ends() -> void:
	check(player.play(&"wave"), "wave is known")
	step(player, 0.1)
	var early := off_rest(player, "LeftLowerArm")
	step(player, 0.4)
	var late := off_rest(player, "LeftLowerArm")
	near(early, 0.63, "a part of it after half of the fade", 0.1)
	near(late, 0.76, "all of it later", 0.05)
	step(player, 2.0)
	check(not player.is_playing(), "it has ended")
	check(heard == ["started wave", "finished wave"], "signals: %s" % [heard])
	near(off_rest(player, "LeftLowerArm"), 0.0, "the arm is back at rest", 0.02)
	player.play(&"wave")
	step(player, 0.5)
	player.stop()
	step(player, 0.1)
	check(player.is_playing(), "it is fading out")
	step(player, 0.5)
	check(heard.back() == "stopped wave" and not player.is_playing(), "stopped: %s" % [heard])


func _queues() -> void:
	player.play(&"wave")
	player.queue(&"bow")
	check(player.get_queue() == [&"bow"], "bow waits")
	step(player, 1.7)
	check(player.current == &"bow", "bow came after wave: %s" % player.current)
	step(player, 3.0)
	check("finished bow" in heard and not player.is_playing(), "both are done: %s" % [heard])


func _seeks_pauses_and_changes_speed() -> void:
	player.play(&"wave", 0.4)
	near(player.get_position(), 0.4, "it starts where it was asked to")
	player.rate = 2.0
	step(player, 0.2)
	near(player.get_position(), 0.8, "twice as fast", 0.02)
	player.pause()
	step(player, 0.5)
	near(player.get_position(), 0.8, "it holds", 0.02)
	player.seek(1.2)
	near(player.get_position(), 1.2, "it seeks while it is held")
	player.resume()
	player.rate = 1.0
	step(player, 0.1)
	near(player.get_position(), 1.3, "it goes on", 0.02)
	near(player.get_length(), 1.6, "its length")


func _loops() -> void:
	player.loop = EmotePlayer.Loop.ALWAYS
	player.play(&"wave")
	step(player, 3.6)
	check(player.is_playing() and heard.count("looped wave") == 2, "it looped: %s" % [heard])
	player.stop(true)
	check(not player.is_playing(), "stopped at once")


func _masks_the_upper_body() -> void:
	player.upper_body_only = true
	player.blend_in = 0.0
	var leg := skeleton.find_bone("LeftUpperLeg")
	var bent := Quaternion(Vector3.RIGHT, 0.7)
	skeleton.set_bone_pose_rotation(leg, bent)
	player.play(&"walk", 0.3)
	step(player, 0.3)
	near(skeleton.get_bone_pose_rotation(leg).angle_to(bent), 0.0, "the leg is left alone")
	player.play(&"wave")
	step(player, 0.3)
	check(off_rest(player, "LeftLowerArm") > 0.2, "the arm waves")


func _fades_over_another_animation() -> void:
	var spine := skeleton.find_bone("Spine")
	player.play(&"wave")
	for frame: int in 15:
		# What a walk cycle would do, every frame before the emote.
		skeleton.set_bone_pose_rotation(spine, Quaternion(Vector3.UP, 0.5))
		player._process(1.0 / 30.0)
	near(skeleton.get_bone_pose_rotation(spine).get_angle(), 0.0, "the emote rules", 0.05)
	player.stop()
	for frame: int in 15:
		skeleton.set_bone_pose_rotation(spine, Quaternion(Vector3.UP, 0.5))
		if player.is_processing():
			player._process(1.0 / 30.0)
	near(
		skeleton.get_bone_pose_rotation(spine).angle_to(Quaternion(Vector3.UP, 0.5)), 0.0, "the walk is back"
	)


func _adds() -> void:
	player.additive = true
	player.blend_in = 0.0
	var spine := skeleton.find_bone("Spine")
	player.play(&"bow")
	for frame: int in 30:
		skeleton.set_bone_pose_rotation(spine, Quaternion(Vector3.UP, 0.5))
		player._process(1.0 / 30.0)
	var turned := skeleton.get_bone_pose_rotation(spine)
	var forward := (Quaternion(Vector3.UP, 0.5).inverse() * turned).get_angle()
	near(forward, 0.45, "the bow is added to the turn", 0.05)


func _hips() -> Vector3:
	return skeleton.get_bone_pose_position(skeleton.find_bone("Hips"))


func _holds_in_place() -> void:
	player.root_motion = EmotePlayer.RootMotion.IN_PLACE
	player.blend_in = 0.0
	var path: Array[Vector3] = [Vector3.ZERO]
	player.travelled.connect(func(by: Vector3) -> void: path[0] += by)
	player.play(&"walk")
	step(player, 1.0)
	near(_hips().z, 0.0, "the hips stay", 0.05)
	near(path[0].z, 1.0, "the travel is told", 0.05)
	player.stop(true)
	player.root_motion = EmotePlayer.RootMotion.AS_IN_FILE
	player.play(&"walk")
	step(player, 1.0)
	near(_hips().z, 1.0, "the figure walks away", 0.1)


func _moves_the_body() -> void:
	body.rotation.y = PI / 2.0
	player.root_motion = EmotePlayer.RootMotion.APPLY
	player.blend_in = 0.0
	player.play(&"walk")
	check(player.is_physics_processing() and not player.is_processing(), "it runs with physics")
	step(player, 1.0)
	check(body.velocity.x > 0.8 and absf(body.velocity.z) < 0.1, "velocity: %s" % body.velocity)
	near(_hips().z, 0.0, "the figure stays over its body", 0.05)


func _says_what_is_wrong() -> void:
	var lone := EmotePlayer.new()
	root.add_child(lone)
	check(lone._get_configuration_warnings().size() == 1, "it warns without a skeleton")
	lone.root_motion = EmotePlayer.RootMotion.APPLY
	check(lone._get_configuration_warnings().size() == 2, "and without a body")
	lone.free()
	var figure := (load("res://characters/mannequin.glb") as PackedScene).instantiate()
	root.add_child(figure)
	var player := player_for(figure)
	for time: int in 3:  # a game may try in every frame; what it is told is counted from outside
		check(not player.play(&"nothing"), "an unknown emote is refused")
		check(not await player.load_emote("res://none.glb", &"lost"), "a file that is not there")
	player.root_motion = EmotePlayer.RootMotion.APPLY
	for time: int in 3:
		player.play(&"wave")
		player.queue(&"typo")
	check(Array(player.get_emotes()) == ["wave", "bow", "walk"], "known: %s" % [player.get_emotes()])
	player.libraries = []
	check(not player.play(&"any"), "no emote is known")
	figure.queue_free()

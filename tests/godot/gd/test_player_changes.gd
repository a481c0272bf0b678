extends TestCheck
## EmotePlayer when something changes while it plays: a seek, another emote, other settings, another body.

var heard: Array[String] = []


func _initialize() -> void:
	await process_frame
	await each(
		[
			_seeks_without_touching_the_other_animation.bind(true),
			_seeks_without_touching_the_other_animation.bind(false),
			_a_held_emote_stays_over_another_animation,
			_fades_on_from_where_it_is,
			_takes_other_bones,
			_a_queue_ends_at_rest,
			_a_queue_waits_for_the_end_of_a_round,
			_goes_there_and_back.bind(EmotePlayer.RootMotion.IN_PLACE),
			_goes_there_and_back.bind(EmotePlayer.RootMotion.AS_IN_FILE),
			_the_body_stands_still_afterwards,
			_another_body_is_found,
			_the_character_is_exchanged,
			_keeps_what_was_added,
			_signals_may_play_and_stop,
			_lets_old_emotes_go,
			_says_that_no_bone_fits,
		]
	)
	_travels_below_a_turned_bone()
	await _goes_on_with_a_new_version()
	await _sees_what_changes_in_place()
	await _ends_what_was_removed()
	await _fades_between_many_versions()
	finish()


func _seeks_without_touching_the_other_animation(additive: bool) -> void:
	player.additive = additive
	player.blend_in = 0.0 if additive else 1.0
	player.play(&"bow")
	step(player, 0.5)
	player.seek(0.5)
	var shown := pose_of(player, "Spine").get_angle()
	step(player, 1.0 / 30.0)
	near(pose_of(player, "Spine").get_angle(), shown, "a seek adds nothing, additive %s" % additive, 0.03)
	player.stop(true)
	near(off_rest(player, "Spine"), 0.0, "and leaves nothing behind, additive %s" % additive)


func _a_held_emote_stays_over_another_animation() -> void:
	player.play(&"bow")
	step(player, 1.0)
	player.pause()
	var spine := player.skeleton.find_bone("Spine")
	for frame: int in 3:
		player.skeleton.set_bone_pose_rotation(spine, Quaternion(Vector3.UP, 0.5))
		step(player, 1.0 / 30.0)
	near(pose_of(player, "Spine").angle_to(Quaternion(Vector3.RIGHT, 0.45)), 0.0, "it is held", 0.02)
	near(player.get_position(), 1.0, "where it was", 0.05)
	player.stop()
	step(player, 0.5)
	check(not player.is_playing(), "a held emote can be stopped")


func _fades_on_from_where_it_is() -> void:
	player.blend_out = 0.5
	player.play(&"bow")
	step(player, 1.0)
	player.stop()
	step(player, 0.43)
	var widest := 0.0
	var last := pose_of(player, "Spine")
	player.play(&"bow", 1.0)
	for frame: int in 10:
		step(player, 1.0 / 30.0)
		widest = maxf(widest, last.angle_to(pose_of(player, "Spine")))
		last = pose_of(player, "Spine")
	check(widest < 0.12, "no jump when it plays again while it fades out: %f" % widest)
	near(pose_of(player, "Spine").get_angle(), 0.39, "it is shown in full", 0.03)


func _takes_other_bones() -> void:
	player.play(&"walk")
	step(player, 0.7)
	check(off_rest(player, "LeftUpperLeg") > 0.2, "the leg walks")
	player.upper_body_only = true
	player.play(&"wave")
	step(player, 1.0)
	near(off_rest(player, "LeftUpperLeg"), 0.0, "the legs are given back to the other animation")
	near(player.skeleton.get_bone_pose_position(player.skeleton.find_bone("Hips")).z, 0.0, "and the hips")
	player.upper_body_only = false
	player.play(&"walk")
	step(player, 0.7)
	player.stop()
	step(player, 0.5)
	near(off_rest(player, "LeftUpperLeg"), 0.0, "the leg is back at rest")


func _a_queue_ends_at_rest() -> void:
	player.play(&"wave")
	player.queue(&"nothing")
	player.queue(&"bow")
	step(player, 6.0)
	check(not player.is_playing(), "an unknown one in the queue is passed over")
	near(off_rest(player, "LeftUpperArm"), 0.0, "the arm is back at rest")


func _a_queue_waits_for_the_end_of_a_round() -> void:
	player.loop = EmotePlayer.Loop.ALWAYS
	player.play(&"wave")
	step(player, 2.0)
	player.queue(&"bow")
	step(player, 1.0)
	check(player.current == &"wave", "the round goes on")
	step(player, 0.4)
	check(player.current == &"bow", "then the next one comes")


func _goes_there_and_back(motion: EmotePlayer.RootMotion) -> void:
	player.blend_in = 0.0
	player.root_motion = motion
	var clip := player.find_emote(&"walk").duplicate(true) as Animation
	clip.loop_mode = Animation.LOOP_PINGPONG
	player.add_emote(&"both ways", clip)
	heard.clear()
	player.emote_looped.connect(func(e: StringName) -> void: heard.append(e))
	var path: Array[Vector3] = [Vector3.ZERO]
	player.travelled.connect(func(by: Vector3) -> void: path[0] += by)
	player.play(&"both ways")
	var is_told := motion == EmotePlayer.RootMotion.IN_PLACE
	step(player, 2.0)
	near(path[0].z, 2.0 if is_told else 0.0, "there", 0.1)
	step(player, 2.2)
	check(heard == ["both ways"], "one round is one loop: %s" % [heard])
	near(path[0].z, 0.2 if is_told else 0.0, "and back", 0.15)
	body.free()


func _travels_below_a_turned_bone() -> void:
	# Rigs that were made with z up have a bone above the hips that turns them.
	var body := CharacterBody3D.new()
	root.add_child(body)
	var skeleton := Skeleton3D.new()
	body.add_child(skeleton)
	skeleton.add_bone("Root")
	skeleton.set_bone_rest(0, Transform3D(Basis(Vector3.RIGHT, -PI / 2.0), Vector3.ZERO))
	skeleton.add_bone("Hips")
	skeleton.set_bone_parent(1, 0)
	skeleton.set_bone_rest(1, Transform3D(Basis.IDENTITY, Vector3(0, 0, 1)))
	skeleton.reset_bone_poses()
	var clip := Animation.new()
	clip.length = 1.0
	for type: Animation.TrackType in [Animation.TYPE_ROTATION_3D, Animation.TYPE_POSITION_3D]:
		clip.track_set_path(clip.add_track(type), "Skeleton3D:Hips")
	clip.rotation_track_insert_key(0, 0.0, Quaternion.IDENTITY)
	# Two metres along +z, which is -y for the bone above.
	clip.position_track_insert_key(1, 0.0, Vector3(0, 0, 1))
	clip.position_track_insert_key(1, 1.0, Vector3(0, -2, 1))
	var player := EmotePlayer.new()
	body.add_child(player)
	player.add_emote(&"go", clip)
	player.blend_in = 0.0
	player.root_motion = EmotePlayer.RootMotion.IN_PLACE
	var path: Array[Vector3] = [Vector3.ZERO]
	player.travelled.connect(func(by: Vector3) -> void: path[0] += by)
	player.play(&"go")
	step(player, 0.5)
	near(path[0].distance_to(Vector3(0, 0, 1)), 0.0, "the way is forward: %s" % path[0], 0.05)
	var hips := skeleton.get_bone_global_pose(1).origin
	near(hips.distance_to(Vector3(0, 1, 0)), 0.0, "the hips stay in their place: %s" % hips, 0.02)
	body.free()


func _the_body_stands_still_afterwards() -> void:
	player.root_motion = EmotePlayer.RootMotion.APPLY
	player.play(&"walk")
	step(player, 1.0)
	check(body.velocity.length() > 0.5, "it goes")
	player.stop(true)
	near(body.velocity.length(), 0.0, "it keeps no speed")


func _another_body_is_found() -> void:
	var other := CharacterBody3D.new()
	root.add_child(other)
	player.body = other
	player.root_motion = EmotePlayer.RootMotion.APPLY
	player.play(&"walk")
	step(player, 0.5)
	check(other.velocity.length() > 0.5, "the body that was chosen goes")
	other.free()
	step(player, 0.5)
	check(body.velocity.length() > 0.5, "once it is gone, the one above goes")


func _the_character_is_exchanged() -> void:
	heard.clear()
	player.emote_stopped.connect(func(e: StringName) -> void: heard.append(e))
	player.play(&"walk")
	step(player, 1.0)
	body.get_child(0).free()
	check(heard == ["walk"] and not player.is_playing(), "the emote ends with its skeleton")
	step(player, 0.2)
	player.stop()
	check(not player.play(&"walk"), "without a skeleton nothing plays")
	body.add_child((load("res://characters/mannequin.glb") as PackedScene).instantiate())
	check(player.play(&"walk"), "on the new one it does")
	step(player, 0.7)
	check(off_rest(player, "LeftUpperLeg") > 0.1, "and moves it")


func _keeps_what_was_added() -> void:
	player.add_emote(&"gift", player.find_emote(&"bow"))
	player.libraries = []
	check(player.find_emote(&"gift") != null, "it is kept when the libraries change")
	check(player.find_emote(&"wave") == null, "which are not")
	player.remove_emote(&"gift")
	check(player.get_emotes().is_empty(), "until it is removed")


func _signals_may_play_and_stop() -> void:
	player.loop = EmotePlayer.Loop.ALWAYS
	player.emote_looped.connect(func(_e: StringName) -> void: player.stop(true))
	player.play(&"wave")
	step(player, 2.0)
	check(not player.is_playing(), "stopped when it began again")
	player.loop = EmotePlayer.Loop.AS_IN_FILE
	var times: Array[int] = [0]
	player.emote_finished.connect(
		func(e: StringName) -> void:
			times[0] += 1
			if times[0] < 3:
				player.play(e)
	)
	for fade: float in [0.25, 0.0]:
		player.blend_out = fade
		times[0] = 0
		player.play(&"wave")
		step(player, 8.0)
		check(times[0] == 3 and not player.is_playing(), "played three times: %d" % times[0])


func _lets_old_emotes_go() -> void:
	for number: int in 40:
		player.add_emote(&"one of many", player.find_emote(&"walk").duplicate() as Animation)
		player.play(&"one of many")
		step(player, 0.1)
	var kept := player._playback._mixer._library.get_animation_list().size()
	check(kept <= EmoteMixer.MOST_READY, "%d are kept ready" % kept)


func _says_that_no_bone_fits() -> void:
	check(player._get_configuration_warnings().is_empty(), "a humanoid needs nothing")
	skeleton.set_bone_name(skeleton.find_bone("LeftUpperLeg"), "thigh.L")
	var unmapped := player._get_configuration_warnings()
	check(unmapped.size() == 1 and "no bone map" in unmapped[0], "%s" % [unmapped])
	for bone: int in skeleton.get_bone_count():
		skeleton.set_bone_name(bone, "Joint %d" % bone)
	var told := player._get_configuration_warnings()
	check(told.size() == 1 and "Map bones" in told[0], "%s" % [told])
	player.play(&"wave")
	step(player, 0.5)
	player.stop(true)
	body.free()


## A library as Godot's importer leaves it, with a wave in which the left arm is bent by [param turn].
func _arm_library(turn: float, length := 2.0) -> AnimationLibrary:
	var clip := Animation.new()
	clip.length = length
	clip.loop_mode = Animation.LOOP_LINEAR
	for bone: String in ["LeftUpperArm", "LeftUpperLeg"]:
		var track := clip.add_track(Animation.TYPE_ROTATION_3D)
		clip.track_set_path(track, "%GeneralSkeleton:" + bone)
		clip.rotation_track_insert_key(track, 0.0, Quaternion(Vector3.RIGHT, turn))
	var library := AnimationLibrary.new()
	library.add_animation(&"arm", clip)
	return library


## Puts the data of [param other] into [param library], as the engine does when the editor imported its file again.
func _reload(library: AnimationLibrary, other: AnimationLibrary) -> void:
	library.set(&"_data", other.get(&"_data"))


func _arm_player(library: AnimationLibrary) -> EmotePlayer:
	var player := player_for(character())
	player.libraries = [library]
	player.blend_in = 0.0
	player.emote_updated.connect(
		func(e: StringName) -> void: heard.append("%s at %.1f" % [e, player.get_position()])
	)
	return player


func _goes_on_with_a_new_version() -> void:
	var library := _arm_library(0.5)
	var masked := _arm_player(library)
	masked.upper_body_only = true
	var whole := _arm_player(library)
	heard.clear()
	for player: EmotePlayer in [masked, whole]:
		player.play(&"arm")
		step(player, 0.5)
		near(pose_of(player, "LeftUpperArm").get_angle(), 0.5, "the first version")
	masked.upper_body_only = false  # counts from the next play on
	_reload(library, _arm_library(1.0, 4.0))
	await process_frame
	check(heard == ["arm at 1.0", "arm at 1.0"], "both once, at the same phase: %s" % [heard])
	for player: EmotePlayer in [masked, whole]:
		near(player.get_length(), 4.0, "with the new length")
		step(player, 0.3)
		near(pose_of(player, "LeftUpperArm").get_angle(), 1.0, "and shows the new version")
		check(player.is_looping() and player.current == &"arm", "it has not ended")
	near(off_rest(masked, "LeftUpperLeg"), 0.0, "the mask with which it began stays")
	whole.blend_out = 1000.0
	whole.stop()
	_reload(library, _arm_library(0.2))
	await process_frame
	check(heard.size() == 3 and whole.is_leaving(), "one that fades out is left alone: %s" % [heard])
	for player: EmotePlayer in [masked, whole]:
		player.stop(true)
		near(off_rest(player, "LeftUpperArm"), 0.0, "the pose without the emote is kept")
	_reload(library, _arm_library(0.7))
	await process_frame
	check(heard.size() == 3, "nothing is told of what does not play: %s" % [heard])
	masked.play(&"arm")
	step(masked, 0.1)
	near(pose_of(masked, "LeftUpperArm").get_angle(), 0.7, "but played")
	for player: EmotePlayer in [masked, whole]:
		player.get_parent().free()


func _sees_what_changes_in_place() -> void:
	var library := _arm_library(0.5)
	var player := _arm_player(library)
	player.upper_body_only = true
	heard.clear()
	for plays: bool in [true, false]:
		player.play(&"arm")
		step(player, 0.1)
		if not plays:
			player.stop(true)
		var turn := 1.2 if plays else 0.9
		library.get_animation(&"arm").track_set_key_value(0, 0, Quaternion(Vector3.RIGHT, turn))
		await process_frame
		player.play(&"arm")
		step(player, 0.1)
		near(pose_of(player, "LeftUpperArm").get_angle(), turn, "plays while it changes: %s" % plays)
	check(heard.size() == 1, "%s" % [heard])
	player.get_parent().free()


func _ends_what_was_removed() -> void:
	var library := _arm_library(0.5)
	var player := _arm_player(library)
	player.play(&"arm")
	step(player, 0.5)
	library.add_animation(&"other", Animation.new())
	library.remove_animation(&"arm")
	await process_frame
	check(player.is_leaving(), "it fades out")
	step(player, 0.5)
	check(not player.is_playing(), "and has ended")
	near(off_rest(player, "LeftUpperArm"), 0.0, "at rest")
	player.get_parent().free()


## Each one fades over from several before it: with too little room the engine crashes.
func _fades_between_many_versions() -> void:
	var library := _arm_library(0.0)
	var player := _arm_player(library)
	player.blend_in = 0.5
	player.play(&"arm")
	heard.clear()
	for number: int in 40:
		_reload(library, _arm_library(0.02 * number))
		await process_frame
		await process_frame
	check(heard.size() == 40, "%d versions" % heard.size())
	player.get_parent().free()

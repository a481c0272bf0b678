class_name TestCheck
extends SceneTree
## The small assert helper of the scripts beside it: one line per failure, a count at the end, the exit code says it all.

const EmoteLoader := EmotePlayer.EmoteLoader
const EmoteMixer := EmotePlayer.EmoteMixer
const EmoteStream := EmoteLoader.EmoteStream

## A hang guard, below that of the process (tests/support/waiting.py), so that it is said what did not come.
const LIMIT_MS := 200_000

var passed := 0
var failed := 0
## Character, its skeleton, and player of the case that runs.
var body: CharacterBody3D
var skeleton: Skeleton3D
var player: EmotePlayer


func check(condition: bool, what: String) -> void:
	if condition:
		passed += 1
	else:
		failed += 1
		print("FAILED: " + what)


func near(found: float, wanted: float, what: String, within := 0.01) -> void:
	check(absf(found - wanted) <= within, "%s: %s, not %s" % [what, found, wanted])


## Waits until [param condition] holds; false when it gave up.
func until(condition: Callable) -> bool:
	var end := Time.get_ticks_msec() + LIMIT_MS
	while not condition.call():
		if Time.get_ticks_msec() > end:
			return false
		await process_frame
	return true


func finish() -> void:
	print("%d passed, %d failed" % [passed, failed])
	quit(1 if failed > 0 else 0)


## Runs each case with a character and a player of its own.
func each(cases: Array[Callable]) -> void:
	for case: Callable in cases:
		body = character()
		skeleton = body.find_children("*", "Skeleton3D", true, false)[0]
		player = player_for(body)
		prepare()
		await case.call()
		if is_instance_valid(body):
			body.queue_free()  # the case may end within one of the player's signals
			await process_frame


## Called before each case.
func prepare() -> void:
	pass


func character() -> CharacterBody3D:
	var body := CharacterBody3D.new()
	var packed := load("res://characters/mannequin.glb") as PackedScene
	body.add_child(packed.instantiate())
	root.add_child(body)
	return body


func player_for(body: Node) -> EmotePlayer:
	var player := EmotePlayer.new()
	for emote: String in ["wave", "bow", "walk"]:
		player.libraries.append(load("res://sample_emotes/%s.glb" % emote) as AnimationLibrary)
	body.add_child(player)
	return player


func pose_of(player: EmotePlayer, bone: String) -> Quaternion:
	return player.skeleton.get_bone_pose_rotation(player.skeleton.find_bone(bone))


## The angle between the pose of a bone and its rest.
func off_rest(player: EmotePlayer, bone: String) -> float:
	var rest := player.skeleton.get_bone_rest(player.skeleton.find_bone(bone))
	return pose_of(player, bone).angle_to(rest.basis.get_rotation_quaternion())


## Lets [param seconds] of game time pass in steps of a thirtieth.
func step(player: EmotePlayer, seconds: float) -> void:
	for frame: int in roundi(seconds * 30.0):
		if player.is_processing():
			player._process(1.0 / 30.0)
		if player.is_physics_processing():
			player._physics_process(1.0 / 30.0)

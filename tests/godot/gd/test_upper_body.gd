extends TestCheck
## An imported emote has no tracks for hips and legs when its file moves neither, though Godot's retargeting adds them.


func _initialize() -> void:
	await process_frame
	var desk := _bones("res://desk/desk.glb")
	check(desk.has("LeftLowerArm") and desk.has("Head"), "the upper body moves: %s" % [desk])
	check(not desk.has("Hips") and not desk.has("LeftFoot"), "nothing else does: %s" % [desk])
	var wave := _bones("res://sample_emotes/wave.glb")
	check(wave.has("Hips") and wave.has("LeftFoot"), "a whole body keeps what it has: %s" % [wave])
	finish()


func _bones(path: String) -> PackedStringArray:
	var library := load(path) as AnimationLibrary
	var clip := library.get_animation(library.get_animation_list()[0])
	var found := PackedStringArray()
	for track: int in clip.get_track_count():
		found.append(str(clip.track_get_path(track).get_concatenated_subnames()))
	return found

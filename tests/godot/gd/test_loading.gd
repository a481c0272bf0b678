extends TestCheck
## Loading at run time: GLB and Kinanim, files and addresses, cache and pinning; the same pose as the imported one.

var loaded: Array[StringName] = []
var failures: Array[String] = []


func _initialize() -> void:
	await process_frame
	var folder := OS.get_environment("KINETIX_TEST_FILES")
	var base := OS.get_environment("KINETIX_TEST_URL")
	var sources := {
		folder.path_join("wave.glb"): &"from glb",
		folder.path_join("wave_CUBICSPLINE.glb"): &"from curves",
		folder.path_join("wave_short.glb"): &"from short numbers",
		folder.path_join("wave.kinanim"): &"from kinanim",
		base + "/wave.kinanim?signature=1": &"streamed",
		base + "/wave.glb": &"downloaded",
	}
	for source: String in sources:
		await each([_loads.bind(source, sources[source])])
	await each([_leaves_the_legs.bind(folder.path_join("desk.glb"))])
	_reads_piece_by_piece(folder.path_join("wave.kinanim"))
	_cache_forgets_the_oldest()
	await each([_pins.bind(folder.path_join("wave.glb"))])
	_maps_names()
	finish()


func prepare() -> void:
	loaded.clear()
	player.emote_loaded.connect(func(emote: StringName) -> void: loaded.append(emote))
	player.emote_failed.connect(
		func(_emote: StringName, reason: String) -> void: failures.append(reason)
	)


func _pose(emote: StringName) -> Array[Quaternion]:
	player.blend_in = 0.0
	player.play(emote)
	player.seek(0.7)
	var found: Array[Quaternion] = []
	for bone: String in ["LeftUpperArm", "LeftLowerArm", "RightUpperArm", "Spine", "LeftFoot"]:
		found.append(pose_of(player, bone))
	player.stop(true)
	return found


func _loads(source: String, emote: StringName) -> void:
	player.load_emote(source, emote)
	check(await until(func() -> bool: return emote in loaded), "%s: %s" % [emote, failures])
	if emote in loaded:
		await until(func() -> bool: return not player._loader.is_loading())
		var wanted := _pose(&"wave")
		var found := _pose(emote)
		for index: int in wanted.size():
			near(wanted[index].angle_to(found[index]), 0.0, "%s bone %d" % [emote, index], 0.03)


## An emote of the upper body alone goes over what else moves the legs, with nothing set for it.
func _leaves_the_legs(source: String) -> void:
	player.blend_in = 0.0
	check(await player.load_emote(source, &"desk"), "desk: %s" % [failures])
	var leg := skeleton.find_bone("LeftUpperLeg")
	var hips := skeleton.find_bone("Hips")
	var bent := Quaternion(Vector3.RIGHT, 0.7)
	skeleton.set_bone_pose_rotation(leg, bent)
	skeleton.set_bone_pose_position(hips, Vector3(2.0, 1.0, 0.0))
	player.play(&"desk")
	step(player, 0.7)
	near(skeleton.get_bone_pose_rotation(leg).angle_to(bent), 0.0, "the leg is left alone")
	near(skeleton.get_bone_pose_position(hips).x, 2.0, "so are the hips")
	check(off_rest(player, "LeftLowerArm") > 0.2, "the arm waves")


func _reads_piece_by_piece(path: String) -> void:
	var bytes := FileAccess.get_file_as_bytes(path)
	var reader := KinanimReader.new()
	var grew := 0
	for start: int in range(0, bytes.size(), 97):
		reader.feed(bytes.slice(start, start + 97))
		check(reader.problem.is_empty(), "no problem at %d" % start)
		if reader.clip and reader.clip.available > grew:
			grew = reader.clip.available
	check(reader.is_complete() and grew == reader.clip.frames, "%d frames" % grew)
	var whole := EmoteClip.from_kinanim(bytes)
	check(whole.rotations == reader.clip.rotations, "the same as in one piece")


func _cache_forgets_the_oldest() -> void:
	var cache := EmoteCache.new()
	cache.capacity = 2
	cache.pin("a")
	for key: String in ["a", "b", "c"]:
		cache.store(key, Animation.new())
	check(cache.find("b") != null, "b is there")
	cache.store("d", Animation.new())
	check(cache.has("a") and cache.has("b") and cache.has("d") and not cache.has("c"), "c is gone")
	cache.pin("a", false)
	check(cache.size() == 2, "unpinned ones count again")
	cache.clear()
	check(cache.size() == 0, "cleared")
	cache.capacity = 9
	cache.most_keys = 100
	for key: String in ["a", "b", "c"]:
		cache.store(key, _of_keys(45))
	check(cache.keys() == ["b", "c"], "what is too much together goes: %s" % [cache.keys()])
	cache.pin("b")
	cache.store("d", _of_keys(500))
	check(cache.keys() == ["b", "d"], "the newest stays, and what is pinned: %s" % [cache.keys()])


func _of_keys(count: int) -> Animation:
	var animation := Animation.new()
	animation.add_track(Animation.TYPE_ROTATION_3D)
	for key: int in count:
		animation.rotation_track_insert_key(0, key, Quaternion.IDENTITY)
	return animation


func _pins(source: String) -> void:
	EmoteLoader.cache.clear()
	player.pin(source)
	player.load_emote(source, &"pinned")
	player.load_emote(source.get_basename() + ".kinanim", &"loose")
	var are_loaded := func() -> bool: return &"pinned" in loaded and &"loose" in loaded
	check(await until(are_loaded), "both are loaded")
	check(EmoteLoader.cache.size() == 2, "both are kept")
	EmoteLoader.cache.clear()
	check(EmoteLoader.cache.size() == 1, "what is pinned stays")
	player.pin(source, false)
	EmoteLoader.cache.clear()
	check(EmoteLoader.cache.size() == 0, "until it is let go")


func _maps_names() -> void:
	var humanoid := EmotePlayer.Humanoid
	for pair: Array in [
		["mixamorig:LeftArm", "LeftUpperArm"],
		["mixamorig1_RightHandThumb1", "RightThumbMetacarpal"],
		["LeftHandPinky3", "LeftLittleDistal"],
		["Hips", "Hips"],
		["Tail", ""],
	]:
		check(humanoid.name_of(str(pair[0])) == pair[1], "%s" % [pair])

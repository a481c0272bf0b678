extends TestCheck
## Loading at run time: GLB and Kinanim, files and addresses, cache and pinning; the same pose as the imported one.

var loaded: Array[StringName] = []
var failures: Array[String] = []


func _initialize() -> void:
	await process_frame
	var folder := OS.get_environment("KINETIX_TEST_FILES")
	var base := OS.get_environment("KINETIX_TEST_URL")
	await _loads(folder.path_join("wave.glb"), &"from glb")
	await _loads(folder.path_join("wave.kinanim"), &"from kinanim")
	await _loads(base + "/wave.kinanim?signature=1", &"streamed")
	await _loads(base + "/wave.glb", &"downloaded")
	await _fails(folder.path_join("broken.kinanim"))
	await _fails(base + "/nothing.kinanim")
	await _fails(folder.path_join("text.txt"))
	_reads_piece_by_piece(folder.path_join("wave.kinanim"))
	_cache_forgets_the_oldest()
	await _pins(folder.path_join("wave.glb"))
	_maps_names()
	_wheel()
	finish()


func _player() -> EmotePlayer:
	var player := player_for(character())
	player.emote_loaded.connect(func(emote: StringName) -> void: loaded.append(emote))
	player.emote_failed.connect(
		func(_emote: StringName, reason: String) -> void: failures.append(reason)
	)
	return player


func _pose(player: EmotePlayer, emote: StringName) -> Array[Quaternion]:
	player.blend_in = 0.0
	player.play(emote)
	player.seek(0.7)
	var found: Array[Quaternion] = []
	for bone: String in ["LeftUpperArm", "LeftLowerArm", "RightUpperArm", "Spine", "LeftFoot"]:
		found.append(player.skeleton.get_bone_pose_rotation(player.skeleton.find_bone(bone)))
	player.stop(true)
	return found


func _wait(condition: Callable) -> bool:
	for frame: int in 600:
		if condition.call():
			return true
		await create_timer(0.01).timeout
	return false


func _loads(source: String, emote: StringName) -> void:
	var player := _player()
	loaded.clear()
	player.load_emote(source, emote)
	check(await _wait(func() -> bool: return emote in loaded), "%s: %s" % [emote, failures])
	if emote in loaded:
		await _wait(func() -> bool: return not player._loader.is_loading())
		var wanted := _pose(player, &"wave")
		var found := _pose(player, emote)
		for index: int in wanted.size():
			near(wanted[index].angle_to(found[index]), 0.0, "%s bone %d" % [emote, index], 0.03)
	player.get_parent().free()


func _fails(source: String) -> void:
	var player := _player()
	failures.clear()
	player.load_emote(source, &"bad")
	check(await _wait(func() -> bool: return failures.size() == 1), "%s is told" % source)
	player.get_parent().free()


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
	var hostile := bytes.duplicate()
	for place: int in range(0, hostile.size(), 7):
		hostile[place] = (hostile[place] + 129) % 256
		EmoteClip.from_kinanim(hostile)
	check(true, "damaged files only give a reason")


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


func _pins(source: String) -> void:
	EmoteLoader.cache.clear()
	var player := _player()
	player.pin(source)
	player.load_emote(source, &"pinned")
	player.load_emote(source.get_basename() + ".kinanim", &"loose")
	check(await _wait(func() -> bool: return &"loose" in loaded), "both are loaded")
	check(EmoteLoader.cache.size() == 2, "both are kept")
	EmoteLoader.cache.clear()
	check(EmoteLoader.cache.size() == 1, "what is pinned stays")
	player.pin(source, false)
	EmoteLoader.cache.clear()
	check(EmoteLoader.cache.size() == 0, "until it is let go")
	player.get_parent().free()


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


func _wheel() -> void:
	var model := EmoteWheelModel.new()
	model.count = 11
	check(model.pages() == 2 and model.shown() == 8, "two pages")
	model.point(Vector2.UP * 100.0, 20.0)
	check(model.chosen() == 0, "up is the first")
	model.point(Vector2.RIGHT * 100.0, 20.0)
	check(model.chosen() == 2, "right is the third of eight")
	model.point(Vector2.RIGHT * 10.0, 20.0)
	check(model.chosen() == -1, "the middle is nothing")
	model.turn(-1)
	model.point(Vector2.DOWN * 100.0, 20.0)
	check(model.page == 1 and model.shown() == 3 and model.chosen() >= 8, "the last page")
	var wheel := EmoteWheel.new()
	var slots: Array[EmoteSlot] = []
	for emote: StringName in [&"wave", &"bow", &"walk"]:
		var slot := EmoteSlot.new()
		slot.emote = emote
		slots.append(slot)
	wheel.slots = slots
	wheel.size = Vector2(400, 400)
	root.add_child(wheel)
	var player := player_for(character())
	wheel.player = player
	wheel.open()
	var move := InputEventMouseMotion.new()
	move.position = Vector2(200, 40)
	wheel._gui_input(move)
	check(wheel.get_selected() == 0, "the mouse points at wave")
	var stick := InputEventJoypadMotion.new()
	stick.axis = JOY_AXIS_RIGHT_X
	stick.axis_value = 1.0
	wheel._unhandled_input(stick)
	check(wheel.get_selected() == 1, "the stick points at bow")
	stick.axis_value = 0.0
	wheel._unhandled_input(stick)
	var press := InputEventAction.new()
	press.action = &"ui_accept"
	press.pressed = true
	wheel._unhandled_input(press)
	check(player.current == &"bow" and not wheel.visible, "accept plays it")
	wheel.open()
	var touch := InputEventScreenTouch.new()
	touch.position = Vector2(200, 40)
	wheel._gui_input(touch)
	check(player.current == &"wave" and not wheel.visible, "letting go of a touch plays it")
	wheel.per_page = 2
	wheel.open()
	var shoulder := InputEventJoypadButton.new()
	shoulder.button_index = JOY_BUTTON_RIGHT_SHOULDER
	shoulder.pressed = true
	wheel._unhandled_input(shoulder)
	check(wheel.get_page() == 1, "the pad's shoulder turns the page")
	var roll := InputEventMouseButton.new()
	roll.button_index = MOUSE_BUTTON_WHEEL_UP
	roll.pressed = true
	wheel._gui_input(roll)
	check(wheel.get_page() == 0, "the mouse's wheel turns it back")
	wheel.turn_page(1)
	wheel._gui_input(move)
	check(wheel.get_selected() == 2, "the page's own slot is pointed at")
	wheel.close()
	wheel.free()
	player.get_parent().free()

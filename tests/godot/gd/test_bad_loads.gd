extends TestCheck
## What cannot be loaded, or not at once: always an answer with words, never a crash, never within the call.

var base := OS.get_environment("KINETIX_TEST_URL")
var folder := OS.get_environment("KINETIX_TEST_FILES")
var told: Array[String] = []


func _initialize() -> void:
	await process_frame
	var why := {
		"http:///a.glb": "not an address",
		"http://[::1/a.glb": "not an address",
		base + "/nothing.glb": "404",
		base + "/cut/long.kinanim": "connection",
		base + "/cut/long.glb": "connection",
		base + "/fault/long.kinanim": "fault (503)",
		base + "/shifted/long.kinanim": "another part",
		base + "/endless/x.kinanim": "not a Kinanim",
		base + "/short.kinanim": "cut off",
		folder.path_join("many_frames.kinanim"): "frames",
		folder.path_join("short.glb"): "whole GLB",
		folder.path_join("empty.glb"): "cannot be read",
		folder.path_join("text.txt"): "neither GLB nor Kinanim",
	}
	for source: String in why:
		await each([_says_why.bind(source, why[source])])
	for source: String in [folder.path_join("long.glb"), base + "/long.glb", base + "/long.kinanim"]:
		await each([_gives_a_load_up.bind(source)])
	await each(
		[
			_takes_up_what_was_cut,
			_a_streamed_loop_grows,
			_the_skeleton_leaves,
			_the_player_leaves,
			_the_newer_load_counts,
			_bakes_in_small_steps,
			_players_share_the_time_for_making,
			_reads_beside_the_game,
			_hears_nothing_of_a_download_that_was_given_up,
			_answers_each_load_for_itself,
			_forgets_what_a_player_that_left_was_reading,
		]
	)
	finish()


func prepare() -> void:
	EmoteLoader.cache.clear()
	told.clear()
	player.emote_failed.connect(func(_e: StringName, why: String) -> void: told.append(why))


func _says_why(source: String, word: String) -> void:
	EmoteStream.first_wait_s = 0.02
	var answer: Array[bool] = []
	var ask := func() -> void: answer.append(await player.load_emote(source, &"bad"))
	ask.call()
	check(told.is_empty() and answer.is_empty(), "%s is not answered within the call" % source)
	await until(func() -> bool: return not answer.is_empty())
	check(answer == [false] and told.size() == 1, "%s: %s %s" % [source, answer, told])
	check(not told.is_empty() and word in told[0], "%s says “%s”: %s" % [source, word, told])


func _takes_up_what_was_cut() -> void:
	check(await player.load_emote(base + "/flaky/long.kinanim", &"long"), "it begins: %s" % [told])
	while player._loader.is_loading():
		await process_frame
	var clip := player.find_emote(&"long")
	near(clip.track_get_key_count(0), 1801, "every frame has come: %s" % [told])
	check(told.is_empty(), "nothing to say: %s" % [told])


func _a_streamed_loop_grows() -> void:
	player.loop = EmotePlayer.Loop.ALWAYS
	player.upper_body_only = true
	await player.load_emote(base + "/long.kinanim", &"long")
	player.play(&"long")
	var began := player._playback._clip.track_get_key_count(0)
	while player._loader.is_loading():
		await process_frame
	check(began < 1801, "it began before all had come: %d" % began)
	near(player._playback._clip.track_get_key_count(0), 1801, "the copy that plays has got the rest")


func _the_skeleton_leaves() -> void:
	player.load_emote(base + "/long.kinanim", &"long")
	body.get_child(0).free()
	await until(func() -> bool: return not told.is_empty())
	check(told.size() == 1 and "left" in told[0], "the skeleton is gone: %s" % [told])


func _the_player_leaves() -> void:
	player.load_emote(base + "/long.kinanim", &"long")
	root.remove_child(body)
	await process_frame
	check(told.size() == 1 and "left" in told[0], "the player is out of the tree: %s" % [told])


func _the_newer_load_counts() -> void:
	player.load_emote(base + "/long.kinanim", &"one")
	check(await player.load_emote(folder.path_join("wave.glb"), &"one"), "the second one: %s" % [told])
	await process_frame
	await until(func() -> bool: return EmoteReading._running.is_empty())
	near(player.find_emote(&"one").length, 1.6, "the first one was given up")


func _bakes_in_small_steps() -> void:
	var frames: Array[int] = [0]
	process_frame.connect(func() -> void: frames[0] += 1)
	await player.load_emote(folder.path_join("long.glb"), &"long")
	check(frames[0] > 3, "other things go on meanwhile: %d frames" % frames[0])


## How many frames that takes is the machine's affair: a busy one needs as many for one emote as for four.
func _players_share_the_time_for_making() -> void:
	var clip := EmoteClip.from_glb(FileAccess.get_file_as_bytes(folder.path_join("long.glb")))
	var loaders: Array[EmoteLoader] = []
	for number: int in 4:
		var one := player_for(character())
		await one.load_emote(folder.path_join("wave.glb"), &"short")
		loaders.append(one._loader)
	for number: int in loaders.size():
		loaders[number]._make(&"long", clip, "long %d" % number)
	var before := 0
	for frame: int in 3:
		await process_frame
		loaders[0]._go_on()
		var until := EmoteLoader._until_us
		check(until > before, "a frame has its own time")
		for loader: EmoteLoader in loaders:
			loader._go_on()
			check(EmoteLoader._until_us == until, "all of one frame share one time")
		before = until
	for loader: EmoteLoader in loaders:
		loader.get_parent().get_parent().free()


func _reads_beside_the_game() -> void:
	player.load_emote(folder.path_join("long.glb"), &"long")
	check(EmoteReading._running.size() == 1, "another thread reads while the call has returned")
	while player.is_loading():
		await process_frame
	near(player.find_emote(&"long").length, 60.0, "it is there: %s" % [told])


func _gives_a_load_up(source: String) -> void:
	var answer: Array[bool] = []
	var ask := func() -> void: answer.append(await player.load_emote(source, &"bad"))
	ask.call()
	check(player.is_loading() and player.cancel_load(&"bad"), "%s is on its way" % source)
	check(not player.is_loading() and not player.cancel_load(&"bad"), "%s is not any more" % source)
	while answer.is_empty():
		await process_frame
	while not EmoteReading._running.is_empty():
		await process_frame
	check(answer == [false] and told.size() == 1, "%s: %s %s" % [source, answer, told])
	check("cancelled" in told[0], "%s says why: %s" % [source, told])
	check(not player.find_emote(&"bad"), "%s is not there" % source)


## The answer of the host was there already when the load was given up, and another one of that name begun.
func _hears_nothing_of_a_download_that_was_given_up() -> void:
	player.load_emote(base + "/long.kinanim", &"one")
	var former := player._loader._streams[&"one"]
	check(player.cancel_load(&"one"), "it is given up")
	player.load_emote(base + "/wave.kinanim", &"one")
	former._http.request_completed.emit(
		HTTPRequest.RESULT_SUCCESS, 404, PackedStringArray(), PackedByteArray()
	)
	await until(func() -> bool: return not player.is_loading())
	await process_frame
	check(told.size() == 1 and "cancelled" in told[0], "one answer of the first: %s" % [told])
	check(player.find_emote(&"one") != null, "the second is there")


## As when a person chooses another emote at once: what was given up is answered after the next load has begun.
func _answers_each_load_for_itself() -> void:
	player.load_emote(folder.path_join("long.glb"), &"one")
	check(player.cancel_load(&"one"), "it is given up")
	check(await player.load_emote(folder.path_join("wave.glb"), &"one"), "the next: %s" % [told])
	check(told.size() == 1 and player.find_emote(&"one") != null, "and it is there: %s" % [told])


func _forgets_what_a_player_that_left_was_reading() -> void:
	player.load_emote(folder.path_join("long.glb"), &"long")
	check(EmoteReading._running.size() == 1, "it is being read")
	player.get_parent().free()
	while not EmoteReading._running.is_empty():
		await process_frame
	check(told.is_empty() and EmoteLoader.cache.size() == 0, "nobody is told: %s" % [told])

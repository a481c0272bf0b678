extends TestCheck
## An emote with a face: its blend shapes move on a character that has them, also by the names of VRoid Studio and by any at
## all in a VRM model whose expressions the VRM add-on for Godot made animations of. They are left out on a character that
## has none, be the emote imported or read in the game.

const FaceNames := preload("res://addons/kinetix_emotes/runtime/face/face_names.gd")
const FACE := "res://talk/face.glb"
const VROID := "res://talk/vroid.glb"
const PLAIN := "res://characters/mannequin.glb"
const JAW := "Face.M_F00_000_00_Fcl_MTH_A"
const SMILE := "Fcl_MTH_Fun"
const MOOD := "Fcl_ALL_Joy"
const MINE := "mine0"


func _initialize() -> void:
	await process_frame
	_imports_body_and_face()
	_plays_on_a_character_with_a_face()
	_ends_before_an_emote_without_a_face()
	_plays_the_body_on_a_character_without()
	_reads_the_file_in_the_game()
	_grows_while_it_is_streamed(_character(FACE), 1.0)
	_finds_the_meshes_of_a_character()
	await _plays_what_it_loads_in_the_game("res://talk/talk.glb", 0.5)
	await _plays_what_it_loads_in_the_game("res://talk/opening.kinanim", 0.3125)
	await _loads_the_body_for_a_character_without()
	_knows_names()
	_plays_by_the_names_of_vroid_studio()
	_adds_up_both_sides()
	_plays_by_expressions("aa", 0.6, 0.3, 0.0)
	_plays_by_expressions("JawOpen", 0.0099999, 0.5, 0.0)
	_plays_by_expressions("happy", 1.0, 0.0, 0.5)
	var vroid := _character(VROID)
	_add_expression(vroid, "aa", MINE, 0.5)
	_grows_while_it_is_streamed(vroid, 0.5)
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


func _mesh(body: Node, shape: String) -> MeshInstance3D:
	for mesh: MeshInstance3D in body.find_children("*", "MeshInstance3D", true, false):
		if mesh.find_blend_shape_by_name(shape) >= 0:
			return mesh
	return null


func _weight(body: Node, shape: String) -> float:
	var mesh := _mesh(body, shape)
	return mesh.get_blend_shape_value(mesh.find_blend_shape_by_name(shape)) if mesh else -1.0


func _imports_body_and_face() -> void:
	var shapes := 0
	var bones := 0
	for track: int in _clip().get_track_count():
		var is_shape := _clip().track_get_type(track) == Animation.TYPE_BLEND_SHAPE
		shapes += 1 if is_shape else 0
		bones += 0 if is_shape else 1
	check(shapes == 52 and bones > 20, "%d shapes, %d bones" % [shapes, bones])


func _plays_on_a_character_with_a_face() -> void:
	var body := _character(FACE)
	var player := _player(body)
	player.upper_body_only = true
	check(player.play(&"talk"), "talk is known")
	step(player, 0.1)
	near(_weight(body, "jawOpen"), 0.25, "half of it after half of the fade", 0.1)
	step(player, 0.5)
	near(_weight(body, "jawOpen"), 0.5, "the jaw is open")
	near(_weight(body, "mouthSmileLeft"), 0.0, "no other shape moves")
	check(off_rest(player, "LeftLowerArm") > 0.2, "the arm waves")
	step(player, 3.0)
	check(not player.is_playing(), "it has ended")
	near(_weight(body, "jawOpen"), 0.0, "the face is as it was", 0.0001)
	player.play(&"talk")
	step(player, 0.5)
	player.stop(true)
	near(_weight(body, "jawOpen"), 0.0, "also after it was cut off", 0.0001)
	body.free()


func _ends_before_an_emote_without_a_face() -> void:
	var body := _character(FACE)
	var player := _player(body)
	player.play(&"talk")
	step(player, 0.6)
	player.play(&"wave")
	step(player, 0.6)
	check(player.current == &"wave", "wave plays")
	near(_weight(body, "jawOpen"), 0.0, "the jaw has closed", 0.0001)
	body.free()


func _plays_the_body_on_a_character_without() -> void:
	var body := _character(PLAIN)
	var player := _player(body)
	check(player.play(&"talk"), "talk is known")
	step(player, 0.6)
	check(off_rest(player, "LeftLowerArm") > 0.2, "the arm waves without a face")
	body.free()


func _reads_the_file_in_the_game() -> void:
	var problems := PackedStringArray()
	var clip := EmoteClip.from_glb(FileAccess.get_file_as_bytes("res://talk/talk.glb"), problems)
	check(clip != null and problems.is_empty(), "read: %s" % [problems])
	check(clip and clip.bones.size() > 20 and clip.frames == 49, "the body is whole")
	check(clip and Array(clip.face.keys()) == ["jawOpen"], "the shapes that move: %s" % [clip.face.keys()])


func _face_track(animation: Animation) -> int:
	for track: int in animation.get_track_count():
		if animation.track_get_type(track) == Animation.TYPE_BLEND_SHAPE:
			return track
	return -1


## [param jaw] is how much the shape that moves is at the end.
func _grows_while_it_is_streamed(body: Node3D, jaw: float) -> void:
	var skeleton := EmoteNearby.skeleton(body.get_child(0).get_child(0), null)
	var bytes := FileAccess.get_file_as_bytes("res://talk/opening.kinanim")
	var reader := KinanimReader.new()
	reader.feed(bytes.slice(0, bytes.size() / 2))
	var making := EmoteMaking.new(reader.clip, skeleton, EmoteMixer.path_of(skeleton))
	making.go_on(0)
	var shown := EmoteVariants.adapt(
		making.animation, skeleton, EmoteMixer.root_of(skeleton), false, false
	)
	var track := _face_track(shown)
	var began := shown.track_get_key_count(track)
	reader.feed(bytes.slice(bytes.size() / 2))
	making.go_on(0)
	check(began > 0 and began < 49, "it began before all had come: %d" % began)
	near(shown.track_get_key_count(track), 49, "what plays has got the rest")
	near(shown.blend_shape_track_interpolate(track, 0.8), 0.5 * jaw, "the jaw in the middle", 0.01)
	near(shown.blend_shape_track_interpolate(track, 1.6), jaw, "and at the end", 0.01)
	body.free()


func _finds_the_meshes_of_a_character() -> void:
	var body := _character(FACE)
	var skeleton := EmoteNearby.skeleton(body.get_child(0).get_child(0), null)
	var clip := EmoteClip.from_glb(FileAccess.get_file_as_bytes("res://talk/talk.glb"))
	var scene := EmoteMixer.root_of(skeleton)
	var animation := EmoteRetarget.make(clip, skeleton, scene.get_path_to(skeleton))
	EmoteVariants.place_face(animation, skeleton, scene)
	var path := animation.track_get_path(_face_track(animation))
	var mesh := scene.get_node_or_null(NodePath(path.get_concatenated_names())) as MeshInstance3D
	check(mesh and mesh.find_blend_shape_by_name("jawOpen") >= 0, "a mesh with the jaw: %s" % path)
	body.free()


## [param half_way] is how far the jaw is open after half a second.
func _plays_what_it_loads_in_the_game(source: String, half_way: float) -> void:
	var body := _character(FACE)
	var player := _player(body)
	player.blend_in = 0.0
	check(await player.load_emote(source, &"loaded"), "%s is loaded" % source)
	check(player.play(&"loaded"), "and known")
	step(player, 0.5)
	near(_weight(body, "jawOpen"), half_way, "the jaw of %s" % source, 0.03)
	check(off_rest(player, "LeftLowerArm") > 0.2, "the arm waves")
	player.stop(true)
	near(_weight(body, "jawOpen"), 0.0, "the face is as it was", 0.0001)
	body.queue_free()  # what it loaded is still being told


## After one with a face, whose animation is kept: it is another one.
func _loads_the_body_for_a_character_without() -> void:
	var body := _character(PLAIN)
	var player := _player(body)
	check(await player.load_emote("res://talk/talk.glb", &"loaded"), "it is loaded")
	player.play(&"loaded")
	step(player, 0.6)
	check(off_rest(player, "LeftLowerArm") > 0.2, "the arm waves without a face")
	var tracks := range(player.find_emote(&"loaded").get_track_count())
	var is_shape := func(track: int) -> bool:
		return player.find_emote(&"loaded").track_get_type(track) == Animation.TYPE_BLEND_SHAPE
	check(not tracks.any(is_shape), "no track is made for nothing")
	body.queue_free()  # what it loaded is still being told


## As the VRM add-on leaves it: an animation with the name of the expression, and a key for each blend shape.
func _add_expression(body: Node, expression: String, shape: String, share: float) -> void:
	var scene := body.get_child(0)
	var mesh := _mesh(body, shape)
	var animation := Animation.new()
	var track := animation.add_track(Animation.TYPE_BLEND_SHAPE)
	animation.track_set_path(track, NodePath("%s:%s" % [scene.get_path_to(mesh), shape]))
	animation.blend_shape_track_insert_key(track, 0.0, share)
	var library := AnimationLibrary.new()
	library.add_animation(StringName(expression), animation)
	var player := AnimationPlayer.new()
	player.add_animation_library(&"", library)
	scene.add_child(player)


func _knows_names() -> void:
	var known := func(names: PackedStringArray) -> Dictionary:
		var named: Dictionary[String, Dictionary] = {}
		for name: String in names:
			named[FaceNames.plain(name)] = {NodePath(name): 1.0}
		return FaceNames.shown_by(named, {})
	check(known.call(["eyeBlink_L"]).keys() == ["eyeBlinkLeft"], "another spelling")
	check(known.call(["Blink"]).keys() == ["eyeBlinkLeft", "eyeBlinkRight"], "both lids together")
	check(known.call(["Blink", "Blink_R"]).keys() == ["eyeBlinkRight"], "not beside one of them")
	check(known.call(["A", "O"]).is_empty(), "letters alone are nobody's")
	check(known.call(["A", "I", "U", "E", "O"]).has("jawOpen"), "five vowels are a mouth's")
	check(known.call(["jawOpen", "aa"])["jawOpen"] == {^"jawOpen": 1.0}, "nothing is told twice")


func _plays_by_the_names_of_vroid_studio() -> void:
	var body := _character(VROID)
	var player := _player(body)
	check(player.play(&"talk"), "talk is known")
	step(player, 0.5)
	near(_weight(body, JAW), 0.5, "the jaw is open")
	near(_weight(body, MOOD), 0.0, "no mood shows")
	player.stop(true)
	near(_weight(body, JAW), 0.0, "the face is as it was", 0.0001)
	body.free()


func _adds_up_both_sides() -> void:
	var body := _character(VROID)
	var clip := _clip().duplicate(true) as Animation
	for track: int in clip.get_track_count():
		var shape := str(clip.track_get_path(track).get_concatenated_subnames())
		var weight: float = {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.4}.get(shape, -1.0)
		for key: int in clip.track_get_key_count(track) if weight >= 0.0 else 0:
			clip.track_set_key_value(track, key, weight)
	var player := _player(body)
	player.add_emote(&"talk", clip)
	player.play(&"talk")
	step(player, 0.5)
	near(_weight(body, SMILE), 0.6, "half of each side")
	body.free()


func _plays_by_expressions(expression: String, share: float, mine: float, jaw: float) -> void:
	var body := _character(VROID)
	_add_expression(body, expression, MINE, share)
	var player := _player(body)
	player.play(&"talk")
	step(player, 0.5)
	near(_weight(body, MINE), mine, "what %s says" % expression)
	near(_weight(body, JAW), jaw, "and nothing twice beside %s" % expression)
	body.free()

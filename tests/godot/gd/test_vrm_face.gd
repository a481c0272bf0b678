extends TestCheck
## The face of an emote on characters whose blend shapes have other names than ARKit's: VRoid Studio's, and any at all in
## a VRM model whose expressions the VRM add-on for Godot made animations of.

const FaceNames := preload("res://addons/kinetix_emotes/runtime/face/face_names.gd")
const JAW := "Face.M_F00_000_00_Fcl_MTH_A"
const SMILE := "Fcl_MTH_Fun"
const MOOD := "Fcl_ALL_Joy"
const MINE := "mine0"


func _initialize() -> void:
	await process_frame
	_knows_names()
	_plays_by_the_names_of_vroid_studio()
	_adds_up_both_sides()
	_plays_by_expressions("aa", 0.6, 0.3)
	_plays_by_expressions("JawOpen", 0.0099999, 0.5)
	_plays_by_names_beside_expressions_of_moods()
	_grows_while_it_is_streamed()
	finish()


func _clip() -> Animation:
	var library := load("res://talk/talk.glb") as AnimationLibrary
	return library.get_animation(library.get_animation_list()[0])


func _character() -> Node3D:
	var body := Node3D.new()
	body.add_child((load("res://talk/vroid.glb") as PackedScene).instantiate())
	root.add_child(body)
	return body


func _mesh(body: Node) -> MeshInstance3D:
	for mesh: MeshInstance3D in body.find_children("*", "MeshInstance3D", true, false):
		if mesh.get_blend_shape_count() > 0:
			return mesh
	return null


func _weight(body: Node, shape: String) -> float:
	var mesh := _mesh(body)
	var number := mesh.find_blend_shape_by_name(shape)
	return mesh.get_blend_shape_value(number) if number >= 0 else -1.0


func _player(body: Node, clip: Animation) -> EmotePlayer:
	var library := AnimationLibrary.new()
	library.add_animation(&"talk", clip)
	var player := EmotePlayer.new()
	player.libraries = [library]
	player.blend_in = 0.0
	body.add_child(player)
	return player


## As the VRM add-on leaves it: an animation with the name of the expression, and a key for each blend shape.
func _add_expression(body: Node, expression: String, shape: String, share: float) -> void:
	var scene := body.get_child(0)
	var animation := Animation.new()
	var track := animation.add_track(Animation.TYPE_BLEND_SHAPE)
	animation.track_set_path(track, NodePath("%s:%s" % [scene.get_path_to(_mesh(body)), shape]))
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
	var body := _character()
	var player := _player(body, _clip())
	check(player.play(&"talk"), "talk is known")
	step(player, 0.5)
	near(_weight(body, JAW), 0.5, "the jaw is open")
	near(_weight(body, MOOD), 0.0, "no mood shows")
	player.stop(true)
	near(_weight(body, JAW), 0.0, "the face is as it was", 0.0001)
	body.free()


func _adds_up_both_sides() -> void:
	var body := _character()
	var clip := _clip().duplicate(true) as Animation
	for track: int in clip.get_track_count():
		var shape := str(clip.track_get_path(track).get_concatenated_subnames())
		var weight: float = {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.4}.get(shape, -1.0)
		for key: int in clip.track_get_key_count(track) if weight >= 0.0 else 0:
			clip.track_set_key_value(track, key, weight)
	var player := _player(body, clip)
	player.play(&"talk")
	step(player, 0.5)
	near(_weight(body, SMILE), 0.6, "half of each side")
	body.free()


func _plays_by_expressions(expression: String, share: float, jaw: float) -> void:
	var body := _character()
	_add_expression(body, expression, MINE, share)
	var player := _player(body, _clip())
	player.play(&"talk")
	step(player, 0.5)
	near(_weight(body, MINE), jaw, "what %s says" % expression)
	near(_weight(body, JAW), 0.0, "and nothing twice")
	body.free()


func _plays_by_names_beside_expressions_of_moods() -> void:
	var body := _character()
	_add_expression(body, "happy", MINE, 1.0)
	var player := _player(body, _clip())
	player.play(&"talk")
	step(player, 0.5)
	near(_weight(body, MINE), 0.0, "no mood shows")
	near(_weight(body, JAW), 0.5, "the jaw is open")
	body.free()


func _grows_while_it_is_streamed() -> void:
	var body := _character()
	_add_expression(body, "aa", MINE, 0.5)
	var skeleton := EmoteNearby.skeleton(body.get_child(0).get_child(0), null)
	var bytes := FileAccess.get_file_as_bytes("res://talk/opening.kinanim")
	var reader := KinanimReader.new()
	reader.feed(bytes.slice(0, bytes.size() / 2))
	var making := EmoteMaking.new(reader.clip, skeleton, EmoteMixer.path_of(skeleton))
	making.go_on(0)
	var shown := EmoteVariants.adapt(
		making.animation, skeleton, EmoteMixer.root_of(skeleton), false, false
	)
	var track := 0
	while shown.track_get_type(track) != Animation.TYPE_BLEND_SHAPE:
		track += 1
	var began := shown.track_get_key_count(track)
	reader.feed(bytes.slice(bytes.size() / 2))
	making.go_on(0)
	check(began > 0 and began < 49, "it began before all had come: %d" % began)
	near(shown.track_get_key_count(track), 49, "what plays has got the rest")
	near(
		shown.blend_shape_track_interpolate(track, 0.8), 0.25, "half of the jaw in the middle", 0.01
	)
	near(shown.blend_shape_track_interpolate(track, 1.6), 0.5, "and at the end", 0.01)
	body.free()

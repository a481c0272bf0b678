@tool
extends EditorScenePostImportPlugin
## Import options of an emote. They lie in its `.import`, so they survive every re-import and can be committed.

enum Loop { AS_IN_FILE, NONE, LINEAR, PING_PONG }

const ID := "kinetix/emote_id"
const NAME := "kinetix/name"
const LOOP := "kinetix/loop"
const IN_PLACE := "kinetix/in_place"


func _get_import_options(path: String) -> void:
	if not path.is_empty() and path.get_extension().to_lower() != "glb":
		return
	add_import_option(ID, "")
	add_import_option(NAME, "")
	var choices := "As in the file,None,Linear,Ping-pong"
	add_import_option_advanced(TYPE_INT, LOOP, 0, PROPERTY_HINT_ENUM, choices)
	add_import_option(IN_PLACE, false)


func _post_process(scene: Node) -> void:
	var loop := int(str(get_option_value(LOOP)))
	var in_place := bool(get_option_value(IN_PLACE))
	for player: AnimationPlayer in scene.find_children("*", "AnimationPlayer", true, false):
		for name: StringName in player.get_animation_list():
			var clip := player.get_animation(name)
			if loop != Loop.AS_IN_FILE:
				clip.loop_mode = (loop - 1) as Animation.LoopMode
			if in_place:
				_hold_in_place(clip)
			_describe(clip)


## The emote's own name and id travel with the animation into the game.
func _describe(clip: Animation) -> void:
	var id := str(get_option_value(ID))
	var name := str(get_option_value(NAME))
	if not id.is_empty():
		clip.set_meta(&"kinetix_emote_id", id)
	if not name.is_empty():
		clip.set_meta(&"kinetix_name", name)


## Keeps the hips over the place where they start; their height stays.
static func _hold_in_place(clip: Animation) -> void:
	for track: int in clip.get_track_count():
		if clip.track_get_type(track) != Animation.TYPE_POSITION_3D:
			continue
		if clip.track_get_key_count(track) == 0:
			continue
		var first: Vector3 = clip.track_get_key_value(track, 0)
		for key: int in clip.track_get_key_count(track):
			var here: Vector3 = clip.track_get_key_value(track, key)
			clip.track_set_key_value(track, key, Vector3(first.x, here.y, first.z))

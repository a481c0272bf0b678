@tool
extends RefCounted
## Adds the people of a clip to the open scene as one node, at their positions and in step.

const TakeGroup := preload("take_group.gd")
const Adder := preload("animation_adder.gd")
const Words := preload("../words.gd")
const TOGETHER := &"together"
const PLAYER := "Emote"


## Add the group. Return the next step if it could not be added, else an empty string.
##
## [param paths] are the project's files of [param members], in their order.
static func add(
	members: Array[RefCounted], paths: PackedStringArray, figure: PackedScene
) -> String:
	var root := EditorInterface.get_edited_scene_root()
	if not root:
		return Words.translated("Open a scene first.")
	var group := Node3D.new()
	group.name = members[0].emote.name.validate_node_name()
	var timeline := Animation.new()
	for index: int in members.size():
		var library := load(paths[index]) as AnimationLibrary
		if not library:
			group.free()
			return Words.translated("Import %s as an animation library.") % paths[index]
		_add_person(group, members[index] as TakeGroup, paths[index], library, figure, timeline)
	if members.size() > 1:
		group.add_child(_together(timeline))
	else:
		var clip := timeline.animation_track_get_key_animation(0, 0)
		(group.get_child(0).get_node(PLAYER) as AnimationPlayer).autoplay = clip
	var undo := EditorInterface.get_editor_undo_redo()
	undo.create_action(
		Words.translated("Use %s in the scene") % group.name, UndoRedo.MERGE_DISABLE, root
	)
	undo.add_do_method(root, &"add_child", group, true)
	undo.add_do_property(group, &"owner", root)
	for person: Node in group.get_children():
		undo.add_do_property(person, &"owner", root)
		var emote := person.get_node_or_null(PLAYER)
		if emote:
			undo.add_do_property(emote, &"owner", root)
	undo.add_do_reference(group)
	undo.add_undo_method(root, &"remove_child", group)
	undo.commit_action()
	var selection := EditorInterface.get_selection()
	selection.clear()
	selection.add_node(group)
	return ""


static func _together(timeline: Animation) -> AnimationPlayer:
	var player := AnimationPlayer.new()
	player.name = "Together"
	var together := AnimationLibrary.new()
	together.add_animation(TOGETHER, timeline)
	player.add_animation_library(&"", together)
	player.autoplay = String(TOGETHER)
	return player


static func _add_person(
	group: Node3D,
	member: TakeGroup,
	path: String,
	library: AnimationLibrary,
	figure: PackedScene,
	timeline: Animation
) -> void:
	var person := figure.instantiate(PackedScene.GEN_EDIT_STATE_INSTANCE)
	person.name = path.get_file().get_basename().validate_node_name()
	if person is Node3D:
		(person as Node3D).transform = member.place
	group.add_child(person, true)
	var player := AnimationPlayer.new()
	player.name = PLAYER
	player.add_animation_library(Adder.library_name(path), library)
	person.add_child(player)
	player.root_node = player.get_path_to(Adder.owner_of_bones(person))
	var clip := Adder.play_name(path)
	var track := timeline.add_track(Animation.TYPE_ANIMATION)
	timeline.track_set_path(track, NodePath("%s/%s" % [person.name, PLAYER]))
	timeline.animation_track_insert_key(track, member.start, StringName(clip))
	timeline.length = maxf(timeline.length, member.start + player.get_animation(clip).length)

@tool
extends RefCounted
## Adds an imported emote to an AnimationPlayer of the open scene, with undo and without a copy.

const HubLink := preload("../hub/hub_link.gd")
const Words := preload("../words.gd")
const NOT_IMPORTED := "Choose an emote that is imported as an animation library."


## Add an emote to the selected AnimationPlayer. Return the next step if it could not be added.
static func add(path: String) -> String:
	if not _library(path):
		return Words.translated(NOT_IMPORTED)
	var player := _selected_player()
	if not player:
		return Words.translated("Select an AnimationPlayer in the scene first.")
	return _add_to_player(player, path)


## Add an emote to a node that [method takes] emotes. Return what [method add] returns.
##
## A character gets it in the AnimationPlayer that the open scene saves, else in a new one.
static func add_to(node: Node, path: String) -> String:
	if not _library(path):
		return Words.translated(NOT_IMPORTED)
	var player := node as AnimationPlayer
	if not player:
		player = _saved_player(node)
	return _add_to_player(player, path) if player else _add_player(node, path)


## Show in the dock the result of [method add] or [method add_to].
static func notify(link: HubLink, path: String, problem: String) -> void:
	if problem.is_empty():
		link.inform(Words.translated("Added; play(“%s”) plays it.") % play_name(path))
	else:
		link.noticed.emit("warning", Words.translated("Not added."), problem)


## Return whether emotes can be added to a node: an AnimationPlayer or a character with one skeleton.
static func takes(node: Node) -> bool:
	return (
		node is AnimationPlayer
		or node is Skeleton3D
		or (node is Node3D and node.find_children("*", "Skeleton3D", true, false).size() == 1)
	)


## Return the node from which `%GeneralSkeleton` is found.
static func owner_of_bones(character: Node) -> Node:
	for skeleton: Node in character.find_children("*", "Skeleton3D", true, false):
		return skeleton.owner if skeleton.owner else character
	return character


static func _library(path: String) -> AnimationLibrary:
	return load(path) as AnimationLibrary if not path.is_empty() else null


static func _add_to_player(player: AnimationPlayer, path: String) -> String:
	var source := _library(path)
	var library := library_name(path)
	var before: AnimationLibrary
	if player.has_animation_library(library):
		before = player.get_animation_library(library)
	if before == source:
		return Words.translated("Already added as “%s”.") % play_name(path)
	var undo := EditorInterface.get_editor_undo_redo()
	undo.create_action(Words.translated("Add emote %s") % library, UndoRedo.MERGE_DISABLE, player)
	if before:
		undo.add_do_method(player, &"remove_animation_library", library)
	undo.add_do_method(player, &"add_animation_library", library, source)
	undo.add_undo_method(player, &"remove_animation_library", library)
	if before:
		undo.add_undo_method(player, &"add_animation_library", library, before)
	undo.commit_action()
	return ""


static func _add_player(character: Node, path: String) -> String:
	var library := library_name(path)
	var player := AnimationPlayer.new()
	player.name = "AnimationPlayer"
	player.add_animation_library(library, _library(path))
	var bones := "../%s" % character.get_path_to(owner_of_bones(character))
	player.root_node = NodePath(bones.simplify_path())
	var undo := EditorInterface.get_editor_undo_redo()
	undo.create_action(
		Words.translated("Add emote %s") % library, UndoRedo.MERGE_DISABLE, character
	)
	undo.add_do_method(character, &"add_child", player, true)
	undo.add_do_property(player, &"owner", EditorInterface.get_edited_scene_root())
	undo.add_do_reference(player)
	undo.add_undo_method(character, &"remove_child", player)
	undo.commit_action()
	return ""


## Return the name for [method AnimationPlayer.play] after [method add].
static func play_name(path: String) -> String:
	var clips := (load(path) as AnimationLibrary).get_animation_list()
	return "%s/%s" % [library_name(path), clips[0] if not clips.is_empty() else &""]


static func library_name(path: String) -> StringName:
	return safe_name(path.get_file())


## Return a path as the name of a library or an animation, with forbidden letters replaced.
static func safe_name(path: String) -> StringName:
	var name := path.get_basename()
	for letter: String in ["/", ":", ",", "["]:
		name = name.replace(letter, "_")
	return StringName(name)


static func _selected_player() -> AnimationPlayer:
	for node: Node in EditorInterface.get_selection().get_selected_nodes():
		if node is AnimationPlayer:
			return node
		for below: Node in node.find_children("*", "AnimationPlayer", true, false):
			return below
	return null


## Return a player that the scene saves: changes inside an instance are lost.
static func _saved_player(character: Node) -> AnimationPlayer:
	for below: Node in character.find_children("*", "AnimationPlayer", true, false):
		if below.owner == EditorInterface.get_edited_scene_root():
			return below
	return null

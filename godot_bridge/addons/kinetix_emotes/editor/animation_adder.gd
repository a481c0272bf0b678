@tool
extends RefCounted
## Adds an imported emote to an AnimationPlayer of the open scene, so that it can be undone. The scene refers
## to the emote's file: it holds no copy, and new versions of the emote reach it.


## Returns what to do when it could not be added, else an empty string.
static func add(path: String, undo: EditorUndoRedoManager) -> String:
	var source := load(path) as AnimationLibrary if not path.is_empty() else null
	if not source:
		return "Choose an emote that is imported as an animation library."
	var player := _selected_player()
	if not player:
		return "Select an AnimationPlayer in the scene first."
	var library := library_name(path)
	var before: AnimationLibrary
	if player.has_animation_library(library):
		before = player.get_animation_library(library)
	if before == source:
		return "It is there already, as “%s”." % play_name(path)
	undo.create_action("Add emote %s" % library, UndoRedo.MERGE_DISABLE, player)
	if before:
		undo.add_do_method(player, &"remove_animation_library", library)
	undo.add_do_method(player, &"add_animation_library", library, source)
	undo.add_undo_method(player, &"remove_animation_library", library)
	if before:
		undo.add_undo_method(player, &"add_animation_library", library, before)
	undo.commit_action()
	return ""


## What [method AnimationPlayer.play] calls the emote after [method add].
static func play_name(path: String) -> String:
	var clips := (load(path) as AnimationLibrary).get_animation_list()
	return "%s/%s" % [library_name(path), clips[0] if not clips.is_empty() else &""]


## The file's name, without what Godot refuses in a library's.
static func library_name(path: String) -> StringName:
	var name := path.get_file().get_basename()
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

@tool
extends RefCounted
## Adds an imported emote to an AnimationPlayer of the open scene, so that it can be undone.

const LIBRARY := &"emotes"


## Returns what to do when it could not be added, else an empty string.
static func add(path: String, undo: EditorUndoRedoManager) -> String:
	var source := load(path) as AnimationLibrary if not path.is_empty() else null
	if not source:
		return "Choose an emote that is imported as an animation library."
	var player := _selected_player()
	if not player:
		return "Select an AnimationPlayer in the scene first."
	var names := source.get_animation_list()
	if names.is_empty():
		return "The emote holds no animation."
	var emote := StringName(path.get_file().get_basename())
	var animation := source.get_animation(names[0])
	var library: AnimationLibrary
	undo.create_action("Add emote %s" % emote, UndoRedo.MERGE_DISABLE, player)
	if player.has_animation_library(LIBRARY):
		library = player.get_animation_library(LIBRARY)
	else:
		library = AnimationLibrary.new()
		undo.add_do_method(player, &"add_animation_library", LIBRARY, library)
		undo.add_do_reference(library)
	if library.has_animation(emote):
		undo.add_do_method(library, &"remove_animation", emote)
	undo.add_do_method(library, &"add_animation", emote, animation)
	undo.add_undo_method(library, &"remove_animation", emote)
	if library.has_animation(emote):
		undo.add_undo_method(library, &"add_animation", emote, library.get_animation(emote))
	if not player.has_animation_library(LIBRARY):
		undo.add_undo_method(player, &"remove_animation_library", LIBRARY)
	undo.commit_action()
	return ""


static func _selected_player() -> AnimationPlayer:
	for node: Node in EditorInterface.get_selection().get_selected_nodes():
		if node is AnimationPlayer:
			return node
		for below: Node in node.find_children("*", "AnimationPlayer", true, false):
			return below
	return null

@tool
extends Control
## Overlay of the scene tree that adds a dropped emote to an AnimationPlayer or a character.
##
## Godot has no call for this: the tree is found by its class, the node by the line's metadata.

const HubLink := preload("../hub/hub_link.gd")
const Adder := preload("../project/animation_adder.gd")
const DropPlace := preload("drop_place.gd")
const ScriptDrop := preload("script_drop.gd")

var _link: HubLink


## Make the scene tree accept emotes until [method ScriptDrop.lift].
static func lay_over_scene(link: HubLink) -> void:
	for dock: Node in EditorInterface.get_base_control().find_children(
		"*", "SceneTreeDock", true, false
	):
		for tree: Tree in dock.find_children("*", "Tree", true, false):
			if tree.is_visible_in_tree():
				var place := new()
				place._link = link
				place.set_anchors_preset(Control.PRESET_FULL_RECT)
				place.mouse_filter = Control.MOUSE_FILTER_PASS
				place.add_to_group(ScriptDrop.GROUP)
				tree.add_child(place)


func _can_drop_data(at: Vector2, data: Variant) -> bool:
	var node := _node_at(at)
	return node and Adder.takes(node) and not DropPlace.emote_in(data).is_empty()


func _drop_data(at: Vector2, data: Variant) -> void:
	var path := DropPlace.emote_in(data)
	Adder.notify(_link, path, Adder.add_to(_node_at(at), path))


func _node_at(at: Vector2) -> Node:
	var item := (get_parent() as Tree).get_item_at_position(at)
	var path: Variant = item.get_metadata(0) if item else null
	return get_node_or_null(path as NodePath) if path is NodePath else null

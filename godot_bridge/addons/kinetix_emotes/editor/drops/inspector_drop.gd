@tool
extends EditorInspectorPlugin
## Drop target for emotes in the inspector of AnimationPlayers and characters.

const HubLink := preload("../hub/hub_link.gd")
const Adder := preload("../project/animation_adder.gd")
const DropPlace := preload("drop_place.gd")

var link: HubLink


func _can_handle(object: Object) -> bool:
	return object is Node and Adder.takes(object as Node)


func _parse_begin(object: Object) -> void:
	var place := DropPlace.new()
	place.dropped.connect(
		func(path: String) -> void: Adder.notify(link, path, Adder.add_to(object as Node, path))
	)
	add_custom_control(place)

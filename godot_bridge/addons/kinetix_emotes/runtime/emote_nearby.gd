class_name EmoteNearby
extends RefCounted
## Finds what a node plays on when nobody has said it.


## The first skeleton below the node's parent, or null.
static func skeleton(node: Node) -> Skeleton3D:
	if not node.get_parent():
		return null
	for found: Node in node.get_parent().find_children("*", "Skeleton3D", true, false):
		if not found.is_queued_for_deletion():
			return found as Skeleton3D
	return null


## The nearest body above the node, or null.
static func body(node: Node) -> CharacterBody3D:
	var at := node.get_parent()
	while at:
		if at is CharacterBody3D:
			return at as CharacterBody3D
		at = at.get_parent()
	return null

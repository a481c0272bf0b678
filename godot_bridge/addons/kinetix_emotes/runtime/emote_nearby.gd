class_name EmoteNearby
extends RefCounted
## Finds what a node plays on: what was chosen for it, or what is near when nothing was.


## The skeleton that was [param chosen]; the first one below the node's parent when there is none, or it has left the
## game. Null without one. What was chosen may have been freed since, which no typed parameter takes.
static func skeleton(node: Node, chosen: Variant) -> Skeleton3D:
	if is_instance_valid(chosen):
		var own := chosen as Skeleton3D
		var is_away := node.is_inside_tree() and not own.is_inside_tree()
		if not is_away and not own.is_queued_for_deletion():
			return own
	if not node.get_parent():
		return null
	for found: Node in node.get_parent().find_children("*", "Skeleton3D", true, false):
		if not found.is_queued_for_deletion():
			return found as Skeleton3D
	return null


## The body that was [param chosen]; the nearest one above the node without it, or null.
static func body(node: Node, chosen: Variant) -> CharacterBody3D:
	if is_instance_valid(chosen):
		return chosen as CharacterBody3D
	var at := node.get_parent()
	while at:
		if at is CharacterBody3D:
			return at as CharacterBody3D
		at = at.get_parent()
	return null

class_name EmoteNearby
extends RefCounted
## Finds the skeleton and the body that a node plays on, chosen or nearby.

const Humanoid := preload("humanoid.gd")
const MAP_BONES := "Choose the character in the dock Emotes, then Map bones."


## Return the [param chosen] skeleton, which may be freed, else the first one below the node's parent, or null.
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


## Return the [param chosen] body, else the nearest one above the node, or null.
static func body(node: Node, chosen: Variant) -> CharacterBody3D:
	if is_instance_valid(chosen):
		return chosen as CharacterBody3D
	var at := node.get_parent()
	while at:
		if at is CharacterBody3D:
			return at as CharacterBody3D
		at = at.get_parent()
	return null


## Return what an [EmotePlayer] lacks to play in its scene, for the editor.
static func warnings(player: EmotePlayer) -> PackedStringArray:
	var found := PackedStringArray()
	var skeleton := skeleton(player, player.skeleton)
	if not skeleton:
		found.append("No Skeleton3D was found. Put this node below a character, or set Skeleton.")
	elif skeleton.get_bone_count() > 0 and not Humanoid.bones_of(skeleton).has("Hips"):
		found.append("The skeleton's bones have no humanoid names. " + MAP_BONES)
	elif not player.libraries.is_empty() and skeleton.find_bone("LeftUpperLeg") < 0:
		found.append("The character has no bone map: emotes bend it wrongly. " + MAP_BONES)
	var moves_body := player.root_motion == EmotePlayer.RootMotion.APPLY
	if moves_body and not body(player, player.body):
		found.append("Root motion needs a CharacterBody3D above this node, or set Body.")
	return found

class_name EmoteSetup
extends RefCounted
## What an [EmotePlayer] lacks to play in its scene, as the editor shows it beside the node.

const Humanoid := preload("humanoid.gd")


## What is missing and what to do about it, a sentence or two each; empty when nothing is.
static func warnings(player: EmotePlayer) -> PackedStringArray:
	var found := PackedStringArray()
	var skeleton := EmoteNearby.skeleton(player, player.skeleton)
	if not skeleton:
		found.append("No Skeleton3D was found. Put this node below a character, or set Skeleton.")
	elif skeleton.get_bone_count() > 0 and not Humanoid.bones_of(skeleton).has("Hips"):
		(
			found
			. append(
				"The skeleton's bones have no humanoid names. Choose the character in the dock Emotes, then Map bones."
			)
		)
	elif not player.libraries.is_empty() and skeleton.find_bone("LeftUpperLeg") < 0:
		(
			found
			. append(
				"The character has no bone map: emotes bend it wrongly. Choose it in the dock Emotes, then Map bones."
			)
		)
	var moves_body := player.root_motion == EmotePlayer.RootMotion.APPLY
	if moves_body and not EmoteNearby.body(player, player.body):
		found.append("Root motion needs a CharacterBody3D above this node, or set Body.")
	return found

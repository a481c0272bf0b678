@tool
class_name EmoteSlot
extends Resource
## One place on an [EmoteWheel].

## The emote's name for [method EmotePlayer.play].
@export var emote: StringName = &""
## What the player reads; empty shows the emote's name.
@export var title := ""
## A picture of the emote.
@export var thumbnail: Texture2D


## What the player reads.
func label() -> String:
	return title if not title.is_empty() else String(emote)

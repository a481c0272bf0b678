@tool
class_name EmoteSlot
extends Resource
## One place on an [EmoteWheel].

## The emote's name for [method EmotePlayer.play].
@export var emote: StringName = &"":
	set(value):
		emote = value
		emit_changed()
## What the player reads; empty shows the emote's name.
@export var title := "":
	set(value):
		title = value
		emit_changed()
## A picture of the emote.
@export var thumbnail: Texture2D:
	set(value):
		thumbnail = value
		emit_changed()


## What the player reads.
func label() -> String:
	return title if not title.is_empty() else String(emote)

@tool
extends RefCounted
## Versions of an emote that was corrected: the project has one file of them, with the current one.


## The emote that was captured, of which this one is a version.
static func first(emotes: Dictionary, id: String) -> String:
	var emote: Dictionary = emotes.get(id, {})
	var captured: Variant = emote.get("versionOf")
	return str(captured) if captured else id


## False for an emote of which another version is the current one.
static func is_current(emotes: Dictionary, id: String) -> bool:
	var captured := first(emotes, id)
	var own := _since(emotes, id)
	for other: String in emotes:
		if other != id and first(emotes, other) == captured and _since(emotes, other) > own:
			return false
	return true


static func _since(emotes: Dictionary, id: String) -> String:
	var emote: Dictionary = emotes.get(id, {})
	return str(emote.get("currentSince", ""))

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
	return not former(emotes).has(id)


## The emotes of which another version is the current one.
static func former(emotes: Dictionary) -> Dictionary[String, bool]:
	var current: Dictionary[String, String] = {}
	var found: Dictionary[String, bool] = {}
	for id: String in emotes:
		var captured := first(emotes, id)
		var known: String = current.get(captured, id)
		var is_later := _since(emotes, id) > _since(emotes, known)
		current[captured] = id if is_later else known
		if known != id:
			found[known if is_later else id] = true
	return found


static func _since(emotes: Dictionary, id: String) -> String:
	var emote: Dictionary = emotes.get(id, {})
	var since: Variant = emote.get("currentSince")
	return str(since) if since else ""

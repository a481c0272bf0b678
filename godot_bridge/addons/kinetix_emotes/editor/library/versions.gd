@tool
extends RefCounted
## Versions of an emote that was corrected: the project has one file of them, with the current one.

const Types := preload("../hub/hub_types.gd")


## The emote that was captured, of which this one is a version.
static func first(emotes: Dictionary[String, Types.Emote], id: String) -> String:
	var is_version := emotes.has(id) and not emotes[id].version_of.is_empty()
	return emotes[id].version_of if is_version else id


## False for an emote of which another version is the current one.
static func is_current(emotes: Dictionary[String, Types.Emote], id: String) -> bool:
	return not former(emotes).has(id)


## The emotes of which another version is the current one.
static func former(emotes: Dictionary[String, Types.Emote]) -> Dictionary[String, bool]:
	var current: Dictionary[String, String] = {}
	var found: Dictionary[String, bool] = {}
	for id: String in emotes:
		var captured := first(emotes, id)
		var known: String = current.get(captured, id)
		var is_later := emotes[id].current_since > emotes[known].current_since
		current[captured] = id if is_later else known
		if known != id:
			found[known if is_later else id] = true
	return found

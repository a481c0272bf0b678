@tool
extends RefCounted
## Versions of a corrected emote. The project has one file, of the current version.

const Types := preload("../hub/hub_types.gd")


## Return the id of the captured emote that this one is a version of.
static func first(emotes: Dictionary[String, Types.Emote], id: String) -> String:
	var is_version := emotes.has(id) and not emotes[id].version_of.is_empty()
	return emotes[id].version_of if is_version else id


static func is_current(emotes: Dictionary[String, Types.Emote], id: String) -> bool:
	return not superseded(emotes).has(id)


## Return the ids of the versions that are not current.
static func superseded(emotes: Dictionary[String, Types.Emote]) -> Dictionary[String, bool]:
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

@tool
extends RefCounted
## The emotes of all people of one clip: who belongs together, and where each of them stands.

const FARTHEST_M := 1000.0
const LATEST_S := 3600.0

## Emote of the hub protocol.
var emote: Dictionary
## Where the figure goes: metres and a turn about up; the middle of the group is the origin.
var place := Transform3D.IDENTITY
## Seconds after the first of them.
var start := 0.0
## Which one, from left to right; 0 when the file does not say where it stands.
var person := 0


func _init(row: Dictionary) -> void:
	emote = row
	var files: Dictionary = row.get("files", {})
	_read(_said(str(files.get("glb", ""))))


## Everybody of the clip that the emote with this id was made from, from left to right; empty for an emote of no group.
## Where a take was corrected it is this version, else the current one.
static func of(emotes: Dictionary[String, Dictionary], id: String) -> Array[RefCounted]:
	var found: Array[RefCounted] = []
	var row: Dictionary = emotes.get(id, {})
	if not row.get("group") is String:
		return found
	for other: Dictionary in emotes.values():
		if other.get("group") == row["group"]:
			found.append(new(other))
	_one_version_each(found, id)
	found.sort_custom(func(a: RefCounted, b: RefCounted) -> bool: return a.person < b.person)
	return found


static func _one_version_each(members: Array[RefCounted], id: String) -> void:
	members.sort_custom(
		func(a: RefCounted, b: RefCounted) -> bool: return _rank(a, id) < _rank(b, id)
	)
	var chosen: Dictionary[Variant, RefCounted] = {}
	for member: RefCounted in members:
		# Who does not say which one it is, is nobody's version.
		chosen[member.person if member.person else member.emote.get("id")] = member
	members.assign(chosen.values())


static func _rank(member: RefCounted, id: String) -> String:
	return "~" if member.emote.get("id") == id else str(member.emote.get("currentSince"))


## Emotes of a group under one key, the name of the first of them; every other emote under its own.
static func sort_keys(emotes: Dictionary[String, Dictionary]) -> Dictionary[String, String]:
	var first: Dictionary[String, String] = {}
	for emote: Dictionary in emotes.values():
		if emote.get("group") is String:
			var name := str(emote.get("name")).to_lower()
			var known: String = first.get(str(emote["group"]), name)
			first[str(emote["group"])] = name if name.naturalcasecmp_to(known) < 0 else known
	var keys: Dictionary[String, String] = {}
	for id: String in emotes:
		var own := str(emotes[id].get("name")).to_lower()
		keys[id] = first.get(str(emotes[id].get("group")), own)
	return keys


func _read(said: Dictionary) -> void:
	for key: String in ["x", "z", "yawDegrees", "startS", "person"]:
		if not said.get(key) is float or not is_finite(said[key] as float):
			return
	var x: float = said["x"]
	var z: float = said["z"]
	var yaw: float = said["yawDegrees"]
	var late: float = said["startS"]
	if maxf(absf(x), absf(z)) > FARTHEST_M or late < 0.0 or late > LATEST_S:
		return
	place = Transform3D(Basis(Vector3.UP, deg_to_rad(fmod(yaw, 360.0))), Vector3(x, 0.0, z))
	start = late
	person = int(said["person"] as float)


## What the file's first animation says of the group. A file may be anybody's: what it says is checked by who reads it.
static func _said(path: String) -> Dictionary:
	var file := FileAccess.open(path, FileAccess.READ)
	if not file or file.get_length() < 20:
		return {}
	file.seek(12)
	var length := mini(file.get_32(), file.get_length() - 20)
	file.seek(20)
	var json := JSON.new()
	if (
		json.parse(file.get_buffer(length).get_string_from_utf8()) != OK
		or not json.data is Dictionary
	):
		return {}
	var found: Variant = json.data
	for step: Variant in ["animations", 0, "extras", "kinetix", "group"]:
		if step is int:
			found = found[0] if found is Array and not (found as Array).is_empty() else null
		else:
			found = (found as Dictionary).get(step) if found is Dictionary else null
	return found if found is Dictionary else {}

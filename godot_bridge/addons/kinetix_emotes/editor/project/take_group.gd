@tool
extends RefCounted
## An emote of one of the people of a clip, with position and start.

const ProjectFiles := preload("project_files.gd")
const Types := preload("../hub/hub_types.gd")
const FARTHEST_M := 1000.0
const LATEST_S := 3600.0

var emote: Types.Emote
## Position in metres and turn about up; the middle of the group is the origin.
var place := Transform3D.IDENTITY
## Seconds after the first person.
var start := 0.0
## Number from left to right; 0 without a position in the file.
var person := 0


func _init(of_emote: Types.Emote) -> void:
	emote = of_emote
	_read(_group_data(emote.files.get("glb", "")))


## Return the people of an emote's clip from left to right; empty for an emote without a group.
##
## Each person has one version: that of [param id], else the current one.
static func of(emotes: Dictionary[String, Types.Emote], id: String) -> Array[RefCounted]:
	var found: Array[RefCounted] = []
	if not emotes.has(id) or emotes[id].group.is_empty():
		return found
	for other: Types.Emote in emotes.values():
		if other.group == emotes[id].group:
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
		# An emote without a number is no version.
		chosen[member.person if member.person else member.emote.id] = member
	members.assign(chosen.values())


static func _rank(member: RefCounted, id: String) -> String:
	return "~" if member.emote.id == id else member.emote.current_since


## Return sort keys: for a group the name of its first emote, else the emote's own name.
static func sort_keys(emotes: Dictionary[String, Types.Emote]) -> Dictionary[String, String]:
	var first: Dictionary[String, String] = {}
	for each: Types.Emote in emotes.values():
		if not each.group.is_empty():
			var name := each.name.to_lower()
			var known: String = first.get(each.group, name)
			first[each.group] = name if name.naturalcasecmp_to(known) < 0 else known
	var keys: Dictionary[String, String] = {}
	for id: String in emotes:
		keys[id] = first.get(emotes[id].group, emotes[id].name.to_lower())
	return keys


func _read(group: Dictionary) -> void:
	for key: String in ["x", "z", "yawDegrees", "startS", "person"]:
		if not group.get(key) is float or not is_finite(group[key] as float):
			return
	var x: float = group["x"]
	var z: float = group["z"]
	var yaw: float = group["yawDegrees"]
	var late: float = group["startS"]
	if maxf(absf(x), absf(z)) > FARTHEST_M or late < 0.0 or late > LATEST_S:
		return
	place = Transform3D(Basis(Vector3.UP, deg_to_rad(fmod(yaw, 360.0))), Vector3(x, 0.0, z))
	start = late
	person = int(group["person"] as float)


## Return the untrusted group metadata of the file's first animation.
static func _group_data(path: String) -> Dictionary:
	var json := JSON.new()
	var found: Variant = null
	if json.parse(ProjectFiles.document_of(path)) == OK:
		found = json.data
	for step: Variant in ["animations", 0, "extras", "kinetix", "group"]:
		if step is int:
			found = found[0] if found is Array and not (found as Array).is_empty() else null
		else:
			found = (found as Dictionary).get(step) if found is Dictionary else null
	return found if found is Dictionary else {}

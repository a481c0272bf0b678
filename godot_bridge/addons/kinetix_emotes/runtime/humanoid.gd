@tool
extends RefCounted
## Names and parents of the humanoid bones that emotes move, and which bone of a skeleton is which.

## Of Godot's humanoid profile, bones that emotes do not move.
const UNMOVED: PackedStringArray = ["Root", "LeftEye", "RightEye", "Jaw"]
## Names of the mannequin and of Mixamo rigs, without side.
const CENTRE: Dictionary[String, String] = {
	"hips": "Hips",
	"spine": "Spine",
	"spine1": "Chest",
	"spine2": "UpperChest",
	"neck": "Neck",
	"head": "Head",
}
const PAIRED: Dictionary[String, String] = {
	"shoulder": "Shoulder",
	"arm": "UpperArm",
	"forearm": "LowerArm",
	"hand": "Hand",
	"upleg": "UpperLeg",
	"leg": "LowerLeg",
	"foot": "Foot",
	"toebase": "Toes",
}

## Names of Mixamo's fingers and of the profile's.
const FINGERS: Dictionary[String, String] = {
	"thumb": "Thumb", "index": "Index", "middle": "Middle", "ring": "Ring", "pinky": "Little"
}
## Parts of a finger, from the hand on; those of the thumb have names of their own.
const FINGER_PARTS: PackedStringArray = ["Proximal", "Intermediate", "Distal"]
const THUMB_PARTS: PackedStringArray = ["Metacarpal", "Proximal", "Distal"]

## Directions of the mannequin's bones in its rest pose; missing ones on the right mirror the left.
const MANNEQUIN: Dictionary[String, Vector3] = {
	"LeftShoulder": Vector3(0.8609, -0.5076, 0.0328),
	"LeftUpperArm": Vector3(0.6641, -0.7472, 0.0269),
	"LeftLowerArm": Vector3(0.5104, -0.5207, 0.6843),
	"LeftHand": Vector3(0.4172, -0.5089, 0.7530),
	"LeftUpperLeg": Vector3(0.0792, -0.9941, 0.0745),
	"LeftLowerLeg": Vector3(0.0961, -0.9930, -0.0690),
	"LeftFoot": Vector3(-0.0176, -0.3156, 0.9487),
	"LeftIndexProximal": Vector3(0.1317, -0.5736, 0.8084),
	"LeftIndexIntermediate": Vector3(-0.0202, -0.6968, 0.7170),
	"LeftMiddleProximal": Vector3(0.2271, -0.7540, 0.6164),
	"LeftMiddleIntermediate": Vector3(0.1015, -0.7711, 0.6286),
	"LeftRingProximal": Vector3(0.3247, -0.8115, 0.4859),
	"LeftRingIntermediate": Vector3(0.1758, -0.8387, 0.5154),
	"LeftLittleProximal": Vector3(0.2794, -0.8869, 0.3680),
	"LeftLittleIntermediate": Vector3(0.1159, -0.9191, 0.3766),
	"LeftThumbMetacarpal": Vector3(-0.6649, -0.2777, 0.6934),
	"LeftThumbProximal": Vector3(-0.3374, -0.3835, 0.8597),
	"RightShoulder": Vector3(-0.8884, -0.4580, 0.0311),
}

## Bone → parent, parents first. The names are those of SkeletonProfileHumanoid.
static var parents := _parents()
## Bone → the bone that it points at.
static var aims := _aims()


## Where the bones of the mannequin point in its rest pose.
static func mannequin() -> Dictionary[String, Vector3]:
	var found := MANNEQUIN.duplicate()
	for left: String in MANNEQUIN:
		var right := "Right" + left.trim_prefix("Left")
		if not found.has(right):
			found[right] = MANNEQUIN[left] * Vector3(-1.0, 1.0, 1.0)
	return found


## The humanoid name of a bone called [param bone], or an empty string.
static func name_of(bone: String) -> String:
	if parents.has(bone):
		return bone
	var plain := bone
	for mark: String in [":", "_"]:
		var at := plain.find(mark)
		if plain.to_lower().begins_with("mixamorig") and at >= 0:
			plain = plain.substr(at + 1)
	plain = plain.to_lower()
	if CENTRE.has(plain):
		return CENTRE[plain]
	for side: String in ["Left", "Right"]:
		var tail := plain.trim_prefix(side.to_lower())
		if tail == plain:
			continue
		if PAIRED.has(tail):
			return side + PAIRED[tail]
		var finger := tail.trim_prefix("hand").left(-1)
		var number := tail.right(1).to_int()
		if tail.begins_with("hand") and FINGERS.has(finger) and number in [1, 2, 3]:
			return side + finger_bone(FINGERS[finger], number - 1)
	return ""


## The name, without side, of part [param number] of a finger; 0 is the one at the hand.
static func finger_bone(finger: String, number: int) -> String:
	return finger + (THUMB_PARTS if finger == "Thumb" else FINGER_PARTS)[number]


## Humanoid name → bone index of [param skeleton], by the bones' names.
static func bones_of(skeleton: Skeleton3D) -> Dictionary[String, int]:
	var found: Dictionary[String, int] = {}
	for bone: int in skeleton.get_bone_count():
		var humanoid := name_of(skeleton.get_bone_name(bone))
		if not humanoid.is_empty() and not found.has(humanoid):
			found[humanoid] = bone
	return found


## True for bones above the hips.
static func is_upper_body(humanoid: String) -> bool:
	var at := humanoid
	while parents.has(at) and not at.is_empty():
		if at == "Spine":
			return true
		at = parents[at]
	return false


## Where the bones of [param skeleton] point in its rest pose.
static func directions_of(skeleton: Skeleton3D) -> Dictionary[String, Vector3]:
	var bones := bones_of(skeleton)
	var places: Dictionary[String, Vector3] = {}
	for humanoid: String in bones:
		places[humanoid] = skeleton.get_bone_global_rest(bones[humanoid]).origin
	return directions_between(places)


## Where bones point whose beginnings are at [param places].
static func directions_between(places: Dictionary[String, Vector3]) -> Dictionary[String, Vector3]:
	var found: Dictionary[String, Vector3] = {}
	for humanoid: String in aims:
		if places.has(humanoid) and places.has(aims[humanoid]):
			var from := places[humanoid]
			var to := places[aims[humanoid]]
			if from.distance_to(to) > 0.0001:
				found[humanoid] = from.direction_to(to)
	return found


static func _parents() -> Dictionary[String, String]:
	var found: Dictionary[String, String] = {}
	var profile := SkeletonProfileHumanoid.new()
	for bone: int in profile.bone_size:
		var name := String(profile.get_bone_name(bone))
		if name not in UNMOVED:
			found[name] = String(profile.get_bone_parent(bone)).replace("Root", "")
	return found


# Limbs and fingers; of the fingers a hand points at the middle one.
static func _aims() -> Dictionary[String, String]:
	var found: Dictionary[String, String] = {}
	for bone: String in parents:
		var above := parents[bone]
		var is_paired := above.begins_with("Left") or above.begins_with("Right")
		if is_paired and (not above.ends_with("Hand") or bone.ends_with("MiddleProximal")):
			found[above] = bone
	return found

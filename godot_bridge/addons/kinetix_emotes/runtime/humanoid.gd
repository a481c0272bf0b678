extends RefCounted
## Names and parents of the humanoid bones that emotes move, and which bone of a skeleton is which.

## Bone → parent, parents first. The names are those of SkeletonProfileHumanoid.
const PARENTS: Dictionary[String, String] = {
	"Hips": "",
	"Spine": "Hips",
	"Chest": "Spine",
	"UpperChest": "Chest",
	"Neck": "UpperChest",
	"Head": "Neck",
	"LeftShoulder": "UpperChest",
	"LeftUpperArm": "LeftShoulder",
	"LeftLowerArm": "LeftUpperArm",
	"LeftHand": "LeftLowerArm",
	"LeftUpperLeg": "Hips",
	"LeftLowerLeg": "LeftUpperLeg",
	"LeftFoot": "LeftLowerLeg",
	"LeftToes": "LeftFoot",
	"LeftThumbMetacarpal": "LeftHand",
	"LeftThumbProximal": "LeftThumbMetacarpal",
	"LeftThumbDistal": "LeftThumbProximal",
	"LeftIndexProximal": "LeftHand",
	"LeftIndexIntermediate": "LeftIndexProximal",
	"LeftIndexDistal": "LeftIndexIntermediate",
	"LeftMiddleProximal": "LeftHand",
	"LeftMiddleIntermediate": "LeftMiddleProximal",
	"LeftMiddleDistal": "LeftMiddleIntermediate",
	"LeftRingProximal": "LeftHand",
	"LeftRingIntermediate": "LeftRingProximal",
	"LeftRingDistal": "LeftRingIntermediate",
	"LeftLittleProximal": "LeftHand",
	"LeftLittleIntermediate": "LeftLittleProximal",
	"LeftLittleDistal": "LeftLittleIntermediate",
	"RightShoulder": "UpperChest",
	"RightUpperArm": "RightShoulder",
	"RightLowerArm": "RightUpperArm",
	"RightHand": "RightLowerArm",
	"RightUpperLeg": "Hips",
	"RightLowerLeg": "RightUpperLeg",
	"RightFoot": "RightLowerLeg",
	"RightToes": "RightFoot",
	"RightThumbMetacarpal": "RightHand",
	"RightThumbProximal": "RightThumbMetacarpal",
	"RightThumbDistal": "RightThumbProximal",
	"RightIndexProximal": "RightHand",
	"RightIndexIntermediate": "RightIndexProximal",
	"RightIndexDistal": "RightIndexIntermediate",
	"RightMiddleProximal": "RightHand",
	"RightMiddleIntermediate": "RightMiddleProximal",
	"RightMiddleDistal": "RightMiddleIntermediate",
	"RightRingProximal": "RightHand",
	"RightRingIntermediate": "RightRingProximal",
	"RightRingDistal": "RightRingIntermediate",
	"RightLittleProximal": "RightHand",
	"RightLittleIntermediate": "RightLittleProximal",
	"RightLittleDistal": "RightLittleIntermediate",
}

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
	"handthumb1": "ThumbMetacarpal",
	"handthumb2": "ThumbProximal",
	"handthumb3": "ThumbDistal",
	"handindex1": "IndexProximal",
	"handindex2": "IndexIntermediate",
	"handindex3": "IndexDistal",
	"handmiddle1": "MiddleProximal",
	"handmiddle2": "MiddleIntermediate",
	"handmiddle3": "MiddleDistal",
	"handring1": "RingProximal",
	"handring2": "RingIntermediate",
	"handring3": "RingDistal",
	"handpinky1": "LittleProximal",
	"handpinky2": "LittleIntermediate",
	"handpinky3": "LittleDistal",
}

## Bone → the bone that it points at.
const AIMS: Dictionary[String, String] = {
	"LeftShoulder": "LeftUpperArm",
	"LeftUpperArm": "LeftLowerArm",
	"LeftLowerArm": "LeftHand",
	"LeftHand": "LeftMiddleProximal",
	"LeftUpperLeg": "LeftLowerLeg",
	"LeftLowerLeg": "LeftFoot",
	"LeftFoot": "LeftToes",
	"LeftIndexProximal": "LeftIndexIntermediate",
	"LeftIndexIntermediate": "LeftIndexDistal",
	"LeftMiddleProximal": "LeftMiddleIntermediate",
	"LeftMiddleIntermediate": "LeftMiddleDistal",
	"LeftRingProximal": "LeftRingIntermediate",
	"LeftRingIntermediate": "LeftRingDistal",
	"LeftLittleProximal": "LeftLittleIntermediate",
	"LeftLittleIntermediate": "LeftLittleDistal",
	"LeftThumbMetacarpal": "LeftThumbProximal",
	"LeftThumbProximal": "LeftThumbDistal",
	"RightShoulder": "RightUpperArm",
	"RightUpperArm": "RightLowerArm",
	"RightLowerArm": "RightHand",
	"RightHand": "RightMiddleProximal",
	"RightUpperLeg": "RightLowerLeg",
	"RightLowerLeg": "RightFoot",
	"RightFoot": "RightToes",
	"RightIndexProximal": "RightIndexIntermediate",
	"RightIndexIntermediate": "RightIndexDistal",
	"RightMiddleProximal": "RightMiddleIntermediate",
	"RightMiddleIntermediate": "RightMiddleDistal",
	"RightRingProximal": "RightRingIntermediate",
	"RightRingIntermediate": "RightRingDistal",
	"RightLittleProximal": "RightLittleIntermediate",
	"RightLittleIntermediate": "RightLittleDistal",
	"RightThumbMetacarpal": "RightThumbProximal",
	"RightThumbProximal": "RightThumbDistal",
}

## Where the bones of the mannequin point in its rest pose, for formats that hold no rest pose.
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
	"RightUpperArm": Vector3(-0.6641, -0.7472, 0.0269),
	"RightLowerArm": Vector3(-0.5104, -0.5207, 0.6843),
	"RightHand": Vector3(-0.4172, -0.5089, 0.7530),
	"RightUpperLeg": Vector3(-0.0792, -0.9941, 0.0745),
	"RightLowerLeg": Vector3(-0.0961, -0.9930, -0.0690),
	"RightFoot": Vector3(0.0176, -0.3156, 0.9487),
	"RightIndexProximal": Vector3(-0.1317, -0.5736, 0.8084),
	"RightIndexIntermediate": Vector3(0.0202, -0.6968, 0.7170),
	"RightMiddleProximal": Vector3(-0.2271, -0.7540, 0.6164),
	"RightMiddleIntermediate": Vector3(-0.1015, -0.7711, 0.6286),
	"RightRingProximal": Vector3(-0.3247, -0.8115, 0.4859),
	"RightRingIntermediate": Vector3(-0.1758, -0.8387, 0.5154),
	"RightLittleProximal": Vector3(-0.2794, -0.8869, 0.3680),
	"RightLittleIntermediate": Vector3(-0.1159, -0.9191, 0.3766),
	"RightThumbMetacarpal": Vector3(0.6649, -0.2777, 0.6934),
	"RightThumbProximal": Vector3(0.3374, -0.3835, 0.8597),
}


## The humanoid name of a bone called [param bone], or an empty string.
static func name_of(bone: String) -> String:
	if PARENTS.has(bone):
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
		if tail != plain and PAIRED.has(tail):
			return side + PAIRED[tail]
	return ""


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
	while PARENTS.has(at) and not at.is_empty():
		if at == "Spine":
			return true
		at = PARENTS[at]
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
	for humanoid: String in AIMS:
		if places.has(humanoid) and places.has(AIMS[humanoid]):
			var from := places[humanoid]
			var to := places[AIMS[humanoid]]
			if from.distance_to(to) > 0.0001:
				found[humanoid] = from.direction_to(to)
	return found

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

extends RefCounted
## Names of the shapes of a face in models: ARKit's, VRM's expressions and VRoid Studio's targets.

const VOWELS: PackedStringArray = ["a", "i", "u", "e", "o"]

## Substitutes for shapes in the order of trial: their names, the first in a model counting, and shares.
##
## The same table as in kinetix_core/values/face_names.py.
const STAND_INS: Array[Dictionary] = [
	{"names": ["blinkLeft", "blink_l", "Fcl_EYE_Close_L"], "shapes": {"eyeBlinkLeft": 1.0}},
	{"names": ["blinkRight", "blink_r", "Fcl_EYE_Close_R"], "shapes": {"eyeBlinkRight": 1.0}},
	{"names": ["blink", "Fcl_EYE_Close"], "shapes": {"eyeBlinkLeft": 0.5, "eyeBlinkRight": 0.5}},
	{"names": ["aa", "a", "Fcl_MTH_A"], "shapes": {"jawOpen": 1.0}},
	{"names": ["ou", "u", "Fcl_MTH_U"], "shapes": {"mouthPucker": 1.0}},
	{"names": ["oh", "o", "Fcl_MTH_O"], "shapes": {"mouthFunnel": 1.0}},
	{"names": ["lookUp"], "shapes": {"eyeLookUpLeft": 0.5, "eyeLookUpRight": 0.5}},
	{"names": ["lookDown"], "shapes": {"eyeLookDownLeft": 0.5, "eyeLookDownRight": 0.5}},
	{"names": ["lookLeft"], "shapes": {"eyeLookOutLeft": 0.5, "eyeLookInRight": 0.5}},
	{"names": ["lookRight"], "shapes": {"eyeLookInLeft": 0.5, "eyeLookOutRight": 0.5}},
	{"names": ["Fcl_EYE_Spread"], "shapes": {"eyeWideLeft": 0.5, "eyeWideRight": 0.5}},
	{"names": ["Fcl_BRW_Angry"], "shapes": {"browDownLeft": 0.5, "browDownRight": 0.5}},
	{"names": ["Fcl_BRW_Sorrow"], "shapes": {"browInnerUp": 1.0}},
	{"names": ["Fcl_BRW_Surprised"], "shapes": {"browOuterUpLeft": 0.5, "browOuterUpRight": 0.5}},
	{"names": ["Fcl_MTH_Fun"], "shapes": {"mouthSmileLeft": 0.5, "mouthSmileRight": 0.5}},
	{"names": ["Fcl_MTH_Angry"], "shapes": {"mouthFrownLeft": 0.5, "mouthFrownRight": 0.5}},
]


## Names as they are compared, and the shapes that they show.
class Row:
	var names: PackedStringArray
	var shapes: Dictionary

	func _init(plain_names: PackedStringArray, shown: Dictionary) -> void:
		names = plain_names
		shapes = shown


## ARKit's names in the order of Kinanim; empty for `mouthOpen`, which ARKit lacks.
static var arkit: PackedStringArray = (
	["browInnerUp", "browDownLeft", "browDownRight", "browOuterUpLeft", "browOuterUpRight"]
	+ ["eyeLookUpLeft", "eyeLookUpRight", "eyeLookDownLeft", "eyeLookDownRight"]
	+ ["eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft", "eyeLookOutRight"]
	+ ["eyeBlinkLeft", "eyeBlinkRight", "eyeSquintRight", "eyeSquintLeft"]
	+ ["eyeWideLeft", "eyeWideRight", "cheekPuff", "cheekSquintLeft", "cheekSquintRight"]
	+ ["noseSneerLeft", "noseSneerRight", "jawOpen", "jawForward", "jawLeft", "jawRight"]
	+ ["mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight"]
	+ ["mouthRollUpper", "mouthRollLower", "mouthShrugUpper", "mouthShrugLower", "", "mouthClose"]
	+ ["mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight"]
	+ ["mouthDimpleLeft", "mouthDimpleRight", "mouthUpperUpLeft", "mouthUpperUpRight"]
	+ ["mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight"]
	+ ["mouthStretchLeft", "mouthStretchRight", "tongueOut"]
)

static var _own: Array[Row] = []
static var _stand_ins: Array[Row] = []


## Return for each shape its targets with their shares.
##
## Targets [param named] by a model and moved by its [param expressions], by [method plain] names with shares.
static func shown_by(
	named: Dictionary[String, Dictionary], expressions: Dictionary[String, Dictionary]
) -> Dictionary[String, Dictionary]:
	if _own.is_empty():
		_prepare()
	var found: Dictionary[String, Dictionary] = {}
	_take(_own, named, found)
	_take(_own, expressions, found)
	_take(_stand_ins, expressions, found)
	var words := named
	if not named.has_all(Array(VOWELS)):
		# A letter may be anybody's; the five vowels are a mouth's.
		words = named.duplicate()
		for letter: String in VOWELS:
			words.erase(letter)
	_take(_stand_ins, words, found)
	return found


## Return a name in lower case without separators and without VRoid Studio's prefix.
static func plain(name: String) -> String:
	var words := name.substr(maxi(name.rfind("Fcl_"), 0)).to_lower()
	return words.replace("_", "").replace(".", "").replace(" ", "").replace("-", "")


static func _prepare() -> void:
	for shape: String in arkit:
		if shape.is_empty():
			continue
		var names: PackedStringArray = [plain(shape)]
		for side: String in ["Left", "Right"]:
			if shape.ends_with(side):
				names.append(plain(shape.trim_suffix(side) + side[0]))
		_own.append(Row.new(names, {shape: 1.0}))
	for row: Dictionary in STAND_INS:
		var names := PackedStringArray()
		for name: String in row["names"]:
			names.append(plain(name))
		_stand_ins.append(Row.new(names, row["shapes"] as Dictionary))


static func _take(
	rows: Array[Row], known: Dictionary[String, Dictionary], found: Dictionary[String, Dictionary]
) -> void:
	for row: Row in rows:
		for name: String in row.names:
			if not known.has(name):
				continue
			if not row.shapes.keys().any(func(shape: String) -> bool: return found.has(shape)):
				_show(row, known[name], found)
			break


static func _show(row: Row, parts: Dictionary, found: Dictionary[String, Dictionary]) -> void:
	for shape: String in row.shapes:
		found[shape] = {}
		for target: NodePath in parts:
			found[shape][target] = row.shapes[shape] * parts[target]

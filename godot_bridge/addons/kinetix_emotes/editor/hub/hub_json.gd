@tool
extends RefCounted
## Base of the types in hub_types.gd: one JSON object, read by the types of the variables.
##
## A field that is missing or of another type keeps its default.

const Words := preload("../words.gd")
## Texts that are shown to users, translated when they are read.
const SENTENCES: PackedStringArray = [
	"detail", "hint", "hints", "message", "next_step", "reason", "status", "text", "title"
]

## Script → its variables with their keys and types.
static var _fields: Dictionary[GDScript, Array] = {}

var json: Dictionary


func _init(value: Variant) -> void:
	json = value if value is Dictionary else {}
	var script: GDScript = get_script()
	if not _fields.has(script):
		_fields[script] = get_property_list().filter(_is_field)
	for field: Dictionary in _fields[script]:
		_read(field["name"] as String, int(str(field["type"])))


static func _is_field(field: Dictionary) -> bool:
	return field["usage"] & PROPERTY_USAGE_SCRIPT_VARIABLE and field["name"] != "json"


func _read(field: String, kind: int) -> void:
	var key := field.to_camel_case()
	var value: Variant = json.get(key)
	match kind:
		TYPE_STRING when value is String:
			set(field, Words.field_text(json, key) if field in SENTENCES else value)
		TYPE_BOOL when value is bool:
			set(field, value)
		TYPE_INT, TYPE_FLOAT when value is float or value is int:
			set(field, value)
		TYPE_PACKED_STRING_ARRAY when field in SENTENCES:
			set(field, Words.field_texts(json, key))
		TYPE_PACKED_STRING_ARRAY when value is Array:
			var texts: Array = value
			set(
				field,
				PackedStringArray(texts.filter(func(each: Variant) -> bool: return each is String))
			)
		TYPE_ARRAY when value is Array:
			var list: Array = get(field)
			var type: GDScript = list.get_typed_script()
			for each: Variant in value:
				list.append(type.new(each) if type else each)
		TYPE_DICTIONARY when value is Dictionary:
			var map: Dictionary = get(field)
			var type: GDScript = map.get_typed_value_script()
			for name: String in value:
				map[name] = type.new(value[name]) if type else str(value[name])
		TYPE_OBJECT when get(field) != null:
			var type: GDScript = (get(field) as RefCounted).get_script()
			set(field, type.new(value))


## Return null for anything but an object.
func _object(key: String, type: GDScript) -> RefCounted:
	return type.new(json[key]) if json.get(key) is Dictionary else null

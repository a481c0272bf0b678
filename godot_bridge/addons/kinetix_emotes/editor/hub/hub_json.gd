@tool
extends RefCounted
## Base of the types in hub_types.gd: one JSON object. A field that is missing or of another type has its default.

const Words := preload("../words.gd")

## The object as it was received.
var json: Dictionary


func _init(value: Variant) -> void:
	json = value if value is Dictionary else {}


func _text(key: String, otherwise := "") -> String:
	return json[key] if json.get(key) is String else otherwise


func _flag(key: String) -> bool:
	return json.get(key) is bool and json[key]


func _whole(key: String) -> int:
	return int(_number(key))


func _number(key: String, otherwise := 0.0) -> float:
	return json[key] if json.get(key) is float or json.get(key) is int else otherwise


func _list(key: String) -> Array:
	return json[key] if json.get(key) is Array else []


func _texts(key: String) -> PackedStringArray:
	return PackedStringArray(_list(key).filter(func(each: Variant) -> bool: return each is String))


func _said(key: String) -> String:
	return Words.said(json, key)


func _each_said(key: String) -> PackedStringArray:
	return Words.each_said(json, key)


## Null for anything but an object.
func _object(key: String, type: GDScript) -> RefCounted:
	return type.new(json[key]) if json.get(key) is Dictionary else null


func _objects(key: String, type: GDScript) -> Array:
	return _list(key).map(func(each: Variant) -> RefCounted: return type.new(each))


func _map(key: String, type: GDScript = null) -> Dictionary:
	var found: Dictionary = json[key] if json.get(key) is Dictionary else {}
	var made := {}
	for name: String in found:
		made[name] = type.new(found[name]) if type else str(found[name])
	return made

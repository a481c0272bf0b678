extends RefCounted
## Values of files that may hold anything.

## No number of an emote is as large.
const LARGEST := 1e9


static func list(found: Variant) -> Array:
	return found if found is Array else []


static func row(found: Variant) -> Dictionary:
	return found if found is Dictionary else {}


## The text, at most 200 characters of it, or an empty one.
static func text(found: Variant) -> String:
	return (found as String).left(200) if found is String else ""


## A natural number, or -1.
static func natural(found: Variant) -> int:
	if not (found is float or found is int):
		return -1
	var number: float = found
	return int(number) if number >= 0.0 and number < LARGEST and number == floorf(number) else -1


## Return as many numbers as [param otherwise], the default, has; none if one is invalid.
static func numbers(found: Variant, otherwise: PackedFloat64Array) -> PackedFloat64Array:
	if found == null:
		return otherwise
	var values := list(found)
	var sane := values.size() == otherwise.size()
	for value: Variant in values:
		# Written so that what is not a number is not sane.
		sane = sane and (value is float or value is int) and absf(value as float) < LARGEST
	return PackedFloat64Array(values) if sane else PackedFloat64Array()


## Return a rotation of sane numbers as a unit quaternion; the identity for a zero one.
static func unit(turn: Quaternion) -> Quaternion:
	return turn.normalized() if turn.length_squared() > 1e-24 else Quaternion.IDENTITY

@tool
extends VBoxContainer
## Part of the clip that is used: seconds, and a crop in percent.

signal changed

const Words := preload("../words.gd")
## Left, top, width and height of the whole frame.
const FULL_FRAME: Array[float] = [0.0, 0.0, 1.0, 1.0]
const BESIDE := "The crop is out of frame: left plus width, and top plus height, are at most 100 %."

@onready var _from: SpinBox = $Times/From
@onready var _to: SpinBox = $Times/To
## In the order of [constant FULL_FRAME].
@onready var _crop: Array[SpinBox] = [
	$Corner/Crop_left, $Corner/Crop_top, $Extent/Crop_width, $Extent/Crop_height
]


func _ready() -> void:
	_from.prefix = Words.translated("from")
	_on_end_changed(_to.value)
	for box: SpinBox in [_from, _to] + _crop:
		box.value_changed.connect(func(_value: float) -> void: changed.emit())


func settings() -> Dictionary:
	var found := {"trimStart": _from.value}
	if _to.value > 0.0:
		found["trimEnd"] = _to.value
	var crop: Array[float] = []
	for box: SpinBox in _crop:
		crop.append(box.value / 100.0)
	if crop != FULL_FRAME:
		found["crop"] = crop
	return found


func problem() -> String:
	if _to.value > 0.0 and _to.value <= _from.value:
		return Words.translated("The part ends before it begins. Move From or To.")
	if _crop[0].value + _crop[2].value > 100.0 or _crop[1].value + _crop[3].value > 100.0:
		return Words.translated(BESIDE)
	if _crop[2].value < 2.0 or _crop[3].value < 2.0:
		return Words.translated("The crop is too small. Enlarge it.")
	return ""


## Returns whether the part is shorter than an emote may be; the clip's end is unknown here.
func is_shorter_than(seconds: float) -> bool:
	return _to.value > 0.0 and _to.value - _from.value < seconds - _from.step / 2.0


## Returns whether the part is longer than an emote may be; the clip's end is unknown here.
func is_longer_than(seconds: float) -> bool:
	return _to.value - _from.value > seconds + _from.step / 2.0


func reset() -> void:
	_from.value = 0.0
	_to.value = 0.0
	for index: int in _crop.size():
		_crop[index].value = 0.0 if index < 2 else 100.0


## Show 0 as the end of the clip.
func _on_end_changed(seconds: float) -> void:
	_to.prefix = Words.translated("to") if seconds > 0.0 else Words.translated("to end")

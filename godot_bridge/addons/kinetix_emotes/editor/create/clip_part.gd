@tool
extends VBoxContainer
## Which part of the clip is used: seconds, and a part of the picture in percent.

const Words := preload("../words.gd")
const WHOLE: Array[float] = [0.0, 0.0, 1.0, 1.0]
## The numbers of the part of the picture, in the order of [constant WHOLE]: what each of them is.
const HINTS: Dictionary[String, String] = {
	"left": "Crop from the left, percent of the width",
	"top": "Crop from the top, percent of the height",
	"width": "Width of the crop, percent",
	"height": "Height of the crop, percent",
}
const BESIDE := "The crop is out of frame: left plus width, and top plus height, are at most 100 %."

var _from: SpinBox
var _to: SpinBox
var _crop: Array[SpinBox] = []


func _init() -> void:
	name = "ClipPart"
	var times := _row(Words.translated("Seconds"))
	_from = _number("From", Words.translated("from"), 0.0, 600.0, 0.1, 0.0)
	_from.suffix = "s"
	_from.tooltip_text = Words.translated("Start of the move")
	times.add_child(_from)
	_to = _number("To", Words.translated("to"), 0.0, 600.0, 0.1, 0.0)
	_to.suffix = "s"
	_to.tooltip_text = Words.translated("End of the move; 0 is the end of the clip")
	_to.value_changed.connect(_on_end_changed)
	_on_end_changed(_to.value)
	times.add_child(_to)
	var corner := _row(Words.translated("Crop left and top"))
	var extent := _row(Words.translated("Crop width and height"))
	for word: String in HINTS:
		var is_size := word in ["width", "height"]
		var box := _number("Crop_" + word, "", 0.0, 100.0, 1.0, 100.0 if is_size else 0.0)
		box.suffix = "%"
		box.tooltip_text = Words.translated(HINTS[word])
		_crop.append(box)
		(extent if is_size else corner).add_child(box)


## The fields of a job in the hub protocol.
func settings() -> Dictionary:
	var found := {"trimStart": _from.value}
	if _to.value > 0.0:
		found["trimEnd"] = _to.value
	var crop: Array[float] = []
	for box: SpinBox in _crop:
		crop.append(box.value / 100.0)
	if crop != WHOLE:
		found["crop"] = crop
	return found


## Returns a problem of the part in the user's language, or an empty text.
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


## The whole clip again.
func reset() -> void:
	_from.value = 0.0
	_to.value = 0.0
	for index: int in _crop.size():
		_crop[index].value = 0.0 if index < 2 else 100.0


## Calls [param handler] after every change.
func on_change(handler: Callable) -> void:
	for box: SpinBox in [_from, _to] + _crop:
		box.value_changed.connect(func(_value: float) -> void: handler.call())


## 0 is no time at which the part ends, so it does not look like one.
func _on_end_changed(seconds: float) -> void:
	_to.prefix = Words.translated("to") if seconds > 0.0 else Words.translated("to end")


## Two in a row: three would be cut in a narrow dock.
func _row(title: String) -> GridContainer:
	var label := Label.new()
	label.text = title
	add_child(label)
	var row := GridContainer.new()
	row.columns = 2
	add_child(row)
	return row


static func _number(
	id: String, prefix: String, least: float, most: float, step: float, value: float
) -> SpinBox:
	var box := SpinBox.new()
	Words.keep_menu(box.get_line_edit())
	box.name = id
	box.prefix = prefix
	box.min_value = least
	box.max_value = most
	box.step = step
	box.value = value
	box.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	return box

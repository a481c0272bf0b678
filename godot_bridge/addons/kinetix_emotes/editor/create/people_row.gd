@tool
extends VBoxContainer
## People found in the clip, to select one by a portrait, or all.

signal chosen

const Types := preload("../hub/hub_types.gd")
const Look := preload("../look.gd")
const Words := preload("../words.gd")
## Largest number of people captured from one clip.
const MOST := 4
const HIGH := 96

var _group := ButtonGroup.new()
var _people: Array[Types.SeenPerson] = []

@onready var _row: HFlowContainer = $Portraits


func _ready() -> void:
	_group.allow_unpress = true
	_group.pressed.connect(func(_button: BaseButton) -> void: chosen.emit())


## Show these people, none of them chosen.
func show_people(people: Array[Types.SeenPerson]) -> void:
	if people == _people:
		return
	_people = people.slice(0, MOST)
	Look.clear(_row)
	for number: int in _people.size():
		var button := _add("Person_%d" % (number + 1), str(number + 1))
		button.icon = _picture(_people[number].jpeg)
		button.tooltip_text = (Words.translated("Capture person %d from the left") % (number + 1))
	var all := _add("AllPeople", Words.translated("Everybody"))
	all.tooltip_text = Words.translated("Capture everybody, at their positions")


func are_several() -> bool:
	return _people.size() > 1


## Return whether one person alone is found, whose feet are out of frame.
func is_half_a_body() -> bool:
	return _people.size() == 1 and _people[0].upper_only


func is_chosen() -> bool:
	return _group.get_pressed_button() != null


func settings() -> Dictionary:
	var button := _group.get_pressed_button()
	if button.get_index() >= _people.size():
		return {"people": "all", "person": null}
	return {"people": "one", "person": _people[button.get_index()].at}


func _add(id: String, text: String) -> Button:
	var button := Button.new()
	button.name = id
	button.text = text
	button.toggle_mode = true
	button.button_group = _group
	button.icon_alignment = HORIZONTAL_ALIGNMENT_CENTER
	button.vertical_icon_alignment = VERTICAL_ALIGNMENT_TOP
	_row.add_child(button)
	return button


## Return the portrait, or null for an unreadable one.
static func _picture(jpeg: String) -> Texture2D:
	var data := Marshalls.base64_to_raw(jpeg)
	var image := Image.new()
	if data.is_empty() or image.load_jpg_from_buffer(data) != OK or image.is_empty():
		return null
	var high := roundi(HIGH * EditorInterface.get_editor_scale())
	image.resize(maxi(roundi(high * image.get_width() / float(image.get_height())), 1), high)
	return ImageTexture.create_from_image(image)

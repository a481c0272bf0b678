@tool
extends Button
## Cuts a long take into several emotes by the hub's proposal.

## A part was selected or cleared, or a border dragged; its time in seconds.
signal part_shown(time: float)

const HubLink := preload("../hub/hub_link.gd")
const PartLine := preload("part_line.gd")
const Types := preload("../hub/hub_types.gd")
const Look := preload("../look.gd")
const Words := preload("../words.gd")

var link: HubLink

var _id := ""
## Emote and version → its parts; empty until the hub answers.
var _known: Dictionary[String, Types.CutProposal] = {}
# Seconds of the take between which the parts in the dialog lie.
var _edges := PackedFloat64Array()
var _has_moved := false

@onready var _dialog: ConfirmationDialog = $CutDialog
@onready var _line: PartLine = %PartLine
@onready var _ticks: VBoxContainer = %Parts


## Offer to cut the emote with this id if the hub finds several parts in it.
func show_emote(id: String) -> void:
	_id = id
	visible = _parts().size() > 1
	text = Words.translated("Cut into emotes (%d)") % _parts().size()
	var version := _version()
	if not link.emotes.has(id) or _known.has(version) or not link.is_up():
		return
	_known[version] = Types.CutProposal.new({})
	var answer := await link.request(HTTPClient.METHOD_GET, _path())
	if answer.error:
		_known.erase(version)  # requested again at its next selection
	else:
		_known[version] = Types.CutProposal.new(answer.json)
		if version == _version():
			show_emote(_id)


func _open() -> void:
	Look.clear(_ticks)
	var parts := _parts()
	_edges = [parts[0].start_s]
	for part: Types.TakePart in parts:
		_edges.append(part.end_s)
	_has_moved = false
	_line.show_parts(_edges)
	for index: int in parts.size():
		var tick := CheckBox.new()
		tick.button_pressed = true
		tick.toggled.connect(_on_toggled.bind(index))
		_ticks.add_child(tick)
		_describe(index)
	_dialog.get_ok_button().disabled = false
	_dialog.popup_centered()


func _describe(index: int) -> void:
	var start := _edges[index]
	var end := _edges[index + 1]
	var name := "%s %d" % [link.emote(_id).name, index + 1]  # as the hub will call it
	var tick := _ticks.get_child(index) as CheckBox
	tick.text = "%s:  %.1f – %.1f s  (%.1f s)" % [name, start, end, end - start]


func _on_border_moved(index: int, time: float) -> void:
	_edges[index + 1] = time
	_has_moved = true
	_describe(index)
	_describe(index + 1)
	part_shown.emit(time)


func _on_line_clicked(index: int) -> void:
	var tick := _ticks.get_child(index) as CheckBox
	tick.button_pressed = not tick.button_pressed


func _on_toggled(is_wanted: bool, index: int) -> void:
	_line.choose(index, is_wanted)
	part_shown.emit(_edges[index])
	_dialog.get_ok_button().disabled = _wanted().is_empty()


## Numbers of the parts that are ticked; the first is 1.
func _wanted() -> Array[int]:
	var found: Array[int] = []
	for tick: CheckBox in _ticks.get_children():
		if tick.button_pressed:
			found.append(tick.get_index() + 1)
	return found


func _on_confirmed() -> void:
	disabled = true
	var body := {"parts": _wanted()}
	if _has_moved:
		body["at"] = _edges.slice(1, -1)
	if await link.send(HTTPClient.METHOD_POST, _path(), body):
		link.inform(Words.translated("The parts were added to the library."))
	disabled = false


func _parts() -> Array[Types.TakePart]:
	return (_known.get(_version(), Types.CutProposal.new({})) as Types.CutProposal).parts


func _version() -> String:
	return "%s %s" % [_id, link.emote(_id).sha256]


func _path() -> String:
	return "/v1/emotes/%s/cut" % _id.uri_encode()

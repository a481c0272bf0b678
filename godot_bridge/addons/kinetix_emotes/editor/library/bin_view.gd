@tool
extends AcceptDialog
## The library's bin: restores emotes deleted in the last 30 days.

const HubLink := preload("../hub/hub_link.gd")
const Types := preload("../hub/hub_types.gd")
const Look := preload("../look.gd")
const Words := preload("../words.gd")
const NOTHING := "Nothing was deleted from the library in the last 30 days."

var link: HubLink

@onready var _list: VBoxContainer = $Scroll/Deleted


func open() -> void:
	popup_centered()
	var answer := await link.request(HTTPClient.METHOD_GET, "/v1/emotes/deleted")
	if link.report_error(answer):
		return
	Look.clear(_list)
	for emote: Types.Emote in Types.EmoteList.new(answer.json).emotes:
		_list.add_child(_row(emote))
	if _list.get_child_count() == 0:
		_list.add_child(Look.hint("Nothing", Words.translated(NOTHING)))


func _row(emote: Types.Emote) -> Control:
	var row := HBoxContainer.new()
	row.add_child(Look.trimmed(emote.name))
	var button := Button.new()
	button.name = "BringBack"
	button.text = Words.translated("Restore")
	button.accessibility_name = Words.translated("Restore %s") % emote.name
	Look.icon(button, &"Reload")
	button.pressed.connect(_bring_back.bind(emote.id, button))
	row.add_child(button)
	return row


func _bring_back(id: String, button: Button) -> void:
	button.disabled = true
	if await link.send(HTTPClient.METHOD_POST, "/v1/emotes/%s/restore" % id.uri_encode()):
		button.text = Words.translated("Restored")
	else:
		button.disabled = false

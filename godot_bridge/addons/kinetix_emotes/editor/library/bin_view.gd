@tool
extends AcceptDialog
## The library's bin: restores emotes that were deleted in the last 30 days.

const HubLink := preload("../hub/hub_link.gd")
const Types := preload("../hub/hub_types.gd")
const Look := preload("../look.gd")
const Words := preload("../words.gd")
const NOTHING := "Nothing was deleted from the library in the last 30 days."

var _link: HubLink
var _list: VBoxContainer


## Prepares the dialog.
func setup(link: HubLink) -> void:
	name = "Bin"
	title = Words.translated("Bin of the library")
	ok_button_text = Words.translated("Close")
	_link = link
	var scroll := ScrollContainer.new()
	scroll.horizontal_scroll_mode = ScrollContainer.SCROLL_MODE_DISABLED
	scroll.custom_minimum_size = Vector2(320, 220) * EditorInterface.get_editor_scale()
	add_child(scroll)
	_list = VBoxContainer.new()
	_list.name = "Deleted"
	_list.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	scroll.add_child(_list)


## Opens the bin with what is in it now.
func open() -> void:
	popup_centered()
	var answer := await _link.request(HTTPClient.METHOD_GET, "/v1/emotes/deleted")
	if _link.report_error(answer):
		return
	for row: Node in _list.get_children():
		_list.remove_child(row)
		row.queue_free()
	for emote: Types.Emote in Types.EmoteList.new(answer.json).emotes:
		_list.add_child(_row(emote))
	if _list.get_child_count() == 0:
		_list.add_child(Look.hint("Nothing", Words.translated(NOTHING)))


func _row(emote: Types.Emote) -> Control:
	var row := HBoxContainer.new()
	var label := Label.new()
	label.text = emote.name
	label.tooltip_text = label.text
	label.mouse_filter = Control.MOUSE_FILTER_PASS
	label.text_overrun_behavior = TextServer.OVERRUN_TRIM_ELLIPSIS
	label.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	row.add_child(label)
	var button := Button.new()
	button.name = "BringBack"
	button.text = Words.translated("Restore")
	button.accessibility_name = Words.translated("Restore %s") % label.text
	Look.icon(button, &"Reload")
	button.pressed.connect(_bring_back.bind(emote.id, button))
	row.add_child(button)
	return row


func _bring_back(id: String, button: Button) -> void:
	button.disabled = true
	var path := "/v1/emotes/%s/restore" % id.uri_encode()
	var answer := await _link.request(HTTPClient.METHOD_POST, path)
	if _link.report_error(answer):
		button.disabled = false
	else:
		button.text = Words.translated("Restored")

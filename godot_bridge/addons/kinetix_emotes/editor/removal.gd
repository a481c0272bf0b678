@tool
extends Node
## Project > Tools: removes what was made on this machine, after asking.

const HubLink := preload("hub/hub_link.gd")
const Words := preload("words.gd")
const ENTRY := "Kinetix Emotes: remove from this machine…"
const TEXT := (
	"Jobs, profiles, keys, models and logs go. This cannot be undone.\n"
	+ "The emotes in this project stay. Then delete the add-on's folder."
)

## Label of the menu entry.
var _entry := Words.translated(ENTRY)
var _link: HubLink
var _dialog: ConfirmationDialog
var _everything: CheckBox


## Adds the entry; [param plugin] takes it out again by [method take_away].
func setup(plugin: EditorPlugin, link: HubLink) -> void:
	_link = link
	plugin.add_tool_menu_item(_entry, ask)


## Takes the entry out of the menu.
func take_away(plugin: EditorPlugin) -> void:
	plugin.remove_tool_menu_item(_entry)


## Shows what goes and what stays, and lets the person choose.
func ask() -> void:
	if not _dialog:
		_build()
	_everything.button_pressed = false
	_dialog.popup_centered()


func _build() -> void:
	_dialog = ConfirmationDialog.new()
	_dialog.name = "RemoveKinetix"
	_dialog.auto_translate_mode = Node.AUTO_TRANSLATE_MODE_DISABLED
	_dialog.title = Words.translated("Remove from this machine")
	_dialog.ok_button_text = Words.translated("Remove")
	_dialog.cancel_button_text = Words.translated("Cancel")
	var column := VBoxContainer.new()
	var text := Label.new()
	text.text = Words.translated(TEXT)
	column.add_child(text)
	_everything = CheckBox.new()
	_everything.name = "LibraryToo"
	_everything.text = Words.translated("The emote library and the players of Kinetix Local too")
	column.add_child(_everything)
	_dialog.add_child(column)
	_dialog.confirmed.connect(_on_confirmed)
	add_child(_dialog)


func _on_confirmed() -> void:
	var body := {"everything": _everything.button_pressed}
	var answer := await _link.request(HTTPClient.METHOD_POST, "/v1/uninstall", body)
	if _link.report_error(answer):
		return
	_link.starts_hub = false
	var next_step := Words.translated("Delete the folder addons/kinetix_emotes too.")
	_link.noticed.emit(
		"good", Words.translated("Removing the data of Kinetix from this machine."), next_step
	)

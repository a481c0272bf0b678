@tool
extends Node
## Project > Tools: removes what was made on this machine, after asking.

const HubLink := preload("hub/hub_link.gd")
const Words := preload("words.gd")
const ENTRY := "Kinetix Emotes: remove from this machine…"

var _entry := Words.translated(ENTRY)
var _link: HubLink

@onready var _dialog: ConfirmationDialog = $RemoveKinetix
@onready var _everything: CheckBox = %LibraryToo


## Adds the entry; [param plugin] takes it out again by [method take_away].
func setup(plugin: EditorPlugin, link: HubLink) -> void:
	_link = link
	($RemoveKinetix as Window).set_translation_domain(Words.DOMAIN)
	plugin.add_tool_menu_item(_entry, ask)


func take_away(plugin: EditorPlugin) -> void:
	plugin.remove_tool_menu_item(_entry)


## Shows what goes and what stays, and lets the person choose.
func ask() -> void:
	_everything.button_pressed = false
	_dialog.popup_centered()


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

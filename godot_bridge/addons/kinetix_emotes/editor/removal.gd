@tool
extends Node
## Project > Tools: removes what was made on this machine, after asking.

const HubLink := preload("hub/hub_link.gd")
const Words := preload("words.gd")

var link: HubLink
var entry := Words.translated("Kinetix Emotes: remove from this machine…")

@onready var _dialog: ConfirmationDialog = $RemoveKinetix
@onready var _everything: CheckBox = %LibraryToo


func _ready() -> void:
	_dialog.set_translation_domain(Words.DOMAIN)


## Show what is removed and what stays, and ask for a decision.
func ask() -> void:
	_everything.button_pressed = false
	_dialog.popup_centered()


func _on_confirmed() -> void:
	var body := {"everything": _everything.button_pressed}
	if not await link.send(HTTPClient.METHOD_POST, "/v1/uninstall", body):
		return
	link.starts_hub = false
	var next_step := Words.translated("Delete the folder addons/kinetix_emotes too.")
	link.noticed.emit(
		"good", Words.translated("Removing the data of Kinetix from this machine."), next_step
	)

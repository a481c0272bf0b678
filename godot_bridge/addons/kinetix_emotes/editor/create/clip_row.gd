@tool
extends VBoxContainer
## One clip of a list, with its problem and a button that removes it.

signal removed

const Look := preload("../look.gd")

var path := ""
## Code of the rejection; empty if there is none.
var reason := ""

var _why: Label


## [param why] is the button's tooltip.
func _init(clip: String, why: String) -> void:
	path = clip
	var line := HBoxContainer.new()
	add_child(line)
	line.add_child(Look.trimmed(clip.get_file(), clip))
	var remove := Look.icon_button(&"Close", why)
	remove.name = "TakeOut"
	remove.pressed.connect(removed.emit)
	line.add_child(remove)
	_why = Look.text("Against")
	add_child(_why)
	say("")


func say(against: String, why: String = "") -> void:
	reason = why
	Look.say(_why, against)

@tool
extends VBoxContainer
## One clip of a list, with a button that takes it out, and what is said against it.

## The button was pressed.
signal removed

const Look := preload("look.gd")

var path := ""
## Why it cannot become an emote, in the hub's word; empty while nothing is said against it.
var reason := ""

var _why: Label


## [param why] is what the button says.
func _init(clip: String, why: String) -> void:
	path = clip
	var line := HBoxContainer.new()
	add_child(line)
	var label := Label.new()
	label.text = clip.get_file()
	label.tooltip_text = clip
	label.mouse_filter = Control.MOUSE_FILTER_PASS
	label.text_overrun_behavior = TextServer.OVERRUN_TRIM_ELLIPSIS
	label.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	line.add_child(label)
	var remove := Look.icon_button(&"Close", why)
	remove.name = "TakeOut"
	remove.pressed.connect(removed.emit)
	line.add_child(remove)
	_why = Look.text("Against")
	add_child(_why)
	say("")


## What is wrong with the clip, below its name; nothing for an empty text.
func say(against: String, why: String = "") -> void:
	reason = why
	Look.say(_why, against)

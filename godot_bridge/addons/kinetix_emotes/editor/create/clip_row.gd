@tool
extends VBoxContainer
## One clip of a list, with a button that takes it out, and what is said against it.

## The button was pressed.
signal removed

const Look := preload("../look.gd")

var path := ""
## Code of the rejection; empty if there is none.
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


## Shows a problem below the clip's name.
func say(against: String, why: String = "") -> void:
	reason = why
	Look.say(_why, against)

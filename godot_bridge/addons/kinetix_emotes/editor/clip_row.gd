@tool
extends HBoxContainer
## One clip of a list, with a button that takes it out.

## The button was pressed.
signal removed

const Look := preload("look.gd")

var path := ""


## [param why] is what the button says.
func _init(clip: String, why: String) -> void:
	path = clip
	var label := Label.new()
	label.text = clip.get_file()
	label.tooltip_text = clip
	label.mouse_filter = Control.MOUSE_FILTER_PASS
	label.text_overrun_behavior = TextServer.OVERRUN_TRIM_ELLIPSIS
	label.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	add_child(label)
	var remove := Look.icon_button(&"Close", why)
	remove.name = "TakeOut"
	remove.pressed.connect(removed.emit)
	add_child(remove)

@tool
extends RefCounted
## The editor's own icons and colours, also after its theme has changed.

const Words := preload("words.gd")
const ICONS := &"EditorIcons"
const EDITOR := &"Editor"
## Smallest contrast ratio of a text.
const LEAST_CONTRAST := 4.5
## The level of a notice → the editor's icon and colour for it.
const LEVELS: Dictionary[String, Array] = {
	"good": [&"StatusSuccess"],
	"info": [&"NodeInfo"],
	"warning": [&"StatusWarning", &"warning_color"],
	"error": [&"StatusError", &"error_color"],
}


static func icon(on: Button, name: StringName) -> void:
	on.theme_changed.connect(
		func() -> void:
			if on.has_theme_icon(name, ICONS):
				on.icon = on.get_theme_icon(name, ICONS)
	)


## Set a scene's icons, sizes and text menus, which depend on the editor.
static func prepare(scene: Node) -> void:
	for part: Node in [scene] + scene.find_children("*"):
		if part.has_meta(&"icon"):
			icon(part as Button, part.get_meta(&"icon") as StringName)
		if part.has_meta(&"size"):
			var size: Vector2 = part.get_meta(&"size")
			(part as Control).custom_minimum_size = size * EditorInterface.get_editor_scale()
		if part is LineEdit:
			Words.keep_menu(part as LineEdit)
		elif part is SpinBox:
			Words.keep_menu((part as SpinBox).get_line_edit())


## Return a button with an icon and a tooltip.
static func icon_button(name: StringName, hint: String) -> Button:
	var made := Button.new()
	made.flat = true
	made.tooltip_text = hint
	icon(made, name)
	return made


## Show a level by its icon, and a problem by its colour.
static func show_level(mark: TextureRect, label: Label, level: String) -> void:
	var look: Array = LEVELS.get(level, LEVELS["info"])
	mark.texture = mark.get_theme_icon(look[0] as StringName, ICONS)
	label.remove_theme_color_override(&"font_color")
	if level in ["warning", "error"]:
		var color := mark.get_theme_color(look[1] as StringName, EDITOR)
		# All from the mark: while a theme spreads, the label may still have the one before.
		var plain := mark.get_theme_color(&"font_color", &"Label")
		var ground := mark.get_theme_color(&"base_color", EDITOR)
		label.add_theme_color_override(&"font_color", readable(color, plain, ground))


## Return a colour blended with that of plain text until it is readable on the background.
static func readable(color: Color, plain: Color, ground: Color) -> Color:
	var found := color
	for step: int in 10:
		if contrast(found, ground) >= LEAST_CONTRAST:
			break
		found = color.lerp(plain, (step + 1) / 10.0)
	return found


## Returns the contrast ratio of two colours, from 1 to 21, after the Web Content Accessibility Guidelines.
static func contrast(one: Color, other: Color) -> float:
	var first := one.srgb_to_linear().get_luminance()
	var second := other.srgb_to_linear().get_luminance()
	return (maxf(first, second) + 0.05) / (minf(first, second) + 0.05)


## Return a hidden label that wraps its lines.
static func text(name: String) -> Label:
	var label := Label.new()
	label.name = name
	label.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
	label.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	label.visible = false
	return label


static func say(label: Label, words: String) -> void:
	label.text = words
	label.visible = not words.is_empty()


## Returns title and next step as one text. The arrow never ends a line.
static func advice(title: String, next_step: String) -> String:
	return title if next_step.is_empty() else "%s →\u00a0%s" % [title, next_step]


## Return the start and end of a text that fit into [param width].
static func shortened(words: String, width: float, font: Font, size: int) -> String:
	var found := words
	var left := words.length()
	while left > 2 and font.get_string_size(found, 0, -1, size).x > width:
		left -= 1
		found = words.left(ceili(left / 2.0)) + "…" + words.right(floori(left / 2.0))
	return found


## Return a centred label for an empty list.
static func hint(name: String, words: String) -> Label:
	var label := text(name)
	label.horizontal_alignment = HORIZONTAL_ALIGNMENT_CENTER
	label.vertical_alignment = VERTICAL_ALIGNMENT_CENTER
	label.modulate.a = 0.75
	say(label, words)
	return label


## Return a label of one line for a name or path of any length.
static func trimmed(words: String, tooltip := "") -> Label:
	var label := Label.new()
	label.text = words
	label.tooltip_text = tooltip if tooltip else words
	label.mouse_filter = Control.MOUSE_FILTER_PASS
	label.text_overrun_behavior = TextServer.OVERRUN_TRIM_ELLIPSIS
	label.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	return label


## Remove all children at once, so that others may use their names.
static func clear(list: Node) -> void:
	for child: Node in list.get_children():
		list.remove_child(child)
		child.queue_free()

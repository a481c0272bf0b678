@tool
extends RefCounted
## Texts in the editor's language, from the tables of the dock and of the hub in `locale`.
##
## They have their own translation domain, as Godot's has some words with another meaning.

const FOLDER := "res://addons/kinetix_emotes/editor/locale"
const HUB := "messages_"
const DOMAIN := &"kinetix_emotes"
const EDITOR_DOMAIN := &"godot.editor"

static var _domain := _filled_domain()
static var _holes := RegEx.create_from_string("\\{(\\w+)\\}")


## Return the translation of a text; its placeholders are filled in afterwards.
static func translated(text: String) -> String:
	return _domain.translate(text)


## Return a field of a message of the hub. A sentence with values is translated by its `wording`.
static func field_text(message: Dictionary, field: String) -> String:
	var sentence: Variant = message.get(field)
	return _localized(sentence, _wording(message).get(field)) if sentence is String else ""


## Like [method field_text], for a field with a list of sentences.
static func field_texts(message: Dictionary, field: String) -> PackedStringArray:
	var found := PackedStringArray()
	var sentences: Variant = message.get(field)
	var made: Variant = _wording(message).get(field)
	for sentence: Variant in sentences if sentences is Array else []:
		var own: Variant = (
			made[found.size()] if made is Array and found.size() < made.size() else null
		)
		found.append(_localized(str(sentence), own))
	return found


## Leave the context menu to Godot's own translation.
static func keep_menu(edit: LineEdit) -> void:
	edit.get_menu().auto_translate_mode = Node.AUTO_TRANSLATE_MODE_ALWAYS
	edit.get_menu().set_translation_domain(EDITOR_DOMAIN)


static func _wording(message: Dictionary) -> Dictionary:
	var wording: Variant = message.get("wording")
	return wording if wording is Dictionary else {}


static func _localized(sentence: String, made: Variant) -> String:
	if not made is Dictionary:
		return translated(sentence)
	var values: Variant = made.get("values")
	return _filled(made) if values is Dictionary else sentence


## One pass, as a value may have braces of its own.
static func _filled(made: Dictionary) -> String:
	var values: Variant = made.get("values")
	var text := translated(str(made.get("text", "")))
	var found := ""
	var end := 0
	for hole: RegExMatch in _holes.search_all(text):
		var value: Variant = hole.get_string()
		if values is Dictionary:
			value = values.get(hole.get_string(1), value)
		found += text.substr(end, hole.get_start() - end)
		found += _filled(value as Dictionary) if value is Dictionary else str(value)
		end = hole.get_end()
	return found + text.substr(end)


## Read the tables of the language nearest to the editor's.
static func _filled_domain() -> TranslationDomain:
	var domain := TranslationServer.get_or_add_domain(DOMAIN)
	domain.clear()
	var nearest := ""
	var likeness := 0
	for file: String in DirAccess.get_files_at(FOLDER):
		var locale := file.get_basename()
		var score := TranslationServer.compare_locales(TranslationServer.get_tool_locale(), locale)
		if not locale.begins_with(HUB) and score > likeness:
			nearest = locale
			likeness = score
	if not nearest.is_empty():
		var table := Translation.new()
		table.locale = TranslationServer.get_locale()
		for name: String in [HUB + nearest, nearest]:
			var json := JSON.new()  # reports nothing for a link that was checked out as a plain text
			var text := FileAccess.get_file_as_string("%s/%s.json" % [FOLDER, name])
			if json.parse(text) == OK and json.data is Dictionary:
				for english: String in json.data:
					table.add_message(english, str(json.data[english]))
		domain.add_translation(table)
	return domain

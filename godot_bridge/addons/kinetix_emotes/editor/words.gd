@tool
extends RefCounted
## The texts in the language of the editor, where `locale` has tables for it: {English: translation}. One has the dock's
## own, one what the hub says; the latter is the core's, and Blender has it too.
##
## Godot translates what its own parts say. Of ours it would translate the few words that it knows too, and an emote
## whose name is one of them: so nothing in the dock is translated by itself, and all that is ours comes from here.

const FOLDER := "res://addons/kinetix_emotes/editor/locale"

static var _table := _read(TranslationServer.get_tool_locale())
static var _holes := RegEx.create_from_string("\\{(\\w+)\\}")


## A text of ours. Fill it in afterwards.
static func translated(text: String) -> String:
	return _table.get(text, text)


## What [param field] of one of the hub's messages says. Of a sentence with names or numbers in it the sentence around them
## is translated, as its `wording` tells.
static func said(message: Dictionary, field: String) -> String:
	var sentence: Variant = message.get(field)
	return _in_our_words(sentence, _wording(message).get(field)) if sentence is String else ""


## Like [method said], for a field with a list of sentences.
static func each_said(message: Dictionary, field: String) -> PackedStringArray:
	var found := PackedStringArray()
	var sentences: Variant = message.get(field)
	var made: Variant = _wording(message).get(field)
	for sentence: Variant in sentences if sentences is Array else []:
		var own: Variant = (
			made[found.size()] if made is Array and found.size() < made.size() else null
		)
		found.append(_in_our_words(str(sentence), own))
	return found


## Leaves the menu of a right click, Cut and Copy, to Godot's own translation: what holds this has none of its own.
static func keep_menu(edit: LineEdit) -> LineEdit:
	edit.get_menu().auto_translate_mode = Node.AUTO_TRANSLATE_MODE_ALWAYS
	return edit


static func _wording(message: Dictionary) -> Dictionary:
	var wording: Variant = message.get("wording")
	return wording if wording is Dictionary else {}


static func _in_our_words(sentence: String, made: Variant) -> String:
	if not made is Dictionary:
		return translated(sentence)
	var template := str(made.get("text", ""))
	var values: Variant = made.get("values")
	return (
		_filled(_table[template], values)
		if _table.has(template) and values is Dictionary
		else sentence
	)


## One pass: a value may have braces of its own.
static func _filled(text: String, values: Dictionary) -> String:
	var found := ""
	var end := 0
	for hole: RegExMatch in _holes.search_all(text):
		found += text.substr(end, hole.get_start() - end) + _value(values, hole)
		end = hole.get_end()
	return found + text.substr(end)


static func _value(values: Dictionary, hole: RegExMatch) -> String:
	var value: Variant = values.get(hole.get_string(1), hole.get_string())
	if not value is Dictionary:
		return str(value)
	var inner: Variant = value.get("values")
	var english := str(value.get("text", ""))
	return _filled(translated(english), inner if inner is Dictionary else {})


static func _read(locale: String) -> Dictionary:
	var found := {}
	for name: String in ["messages_%s.json", "%s.json"]:
		var file := FOLDER.path_join(name % locale.get_slice("_", 0))
		if FileAccess.file_exists(file):
			var json := JSON.new()  # says nothing of a link that was checked out as a plain text
			if json.parse(FileAccess.get_file_as_string(file)) == OK and json.data is Dictionary:
				found.merge(json.data as Dictionary, true)
	return found

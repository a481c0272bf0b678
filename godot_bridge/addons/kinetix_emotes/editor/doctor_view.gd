@tool
extends AcceptDialog
## What `kinetix doctor` says, for who has no terminal: what is wrong on this machine, and what helps.

const HubLink := preload("hub_link.gd")

var _text: TextEdit
var _thread: Thread


func _init() -> void:
	name = "Doctor"
	title = "What is wrong"
	ok_button_text = "Close"
	_text = TextEdit.new()
	_text.name = "Said"
	_text.editable = false
	_text.wrap_mode = TextEdit.LINE_WRAPPING_BOUNDARY
	_text.custom_minimum_size = Vector2(520, 300) * EditorInterface.get_editor_scale()
	add_child(_text)


func _exit_tree() -> void:
	if _thread:
		_thread.wait_to_finish()
		_thread = null


## Opens, and shows what the program found as soon as it is done.
func open() -> void:
	popup_centered()
	if _thread:
		return
	var program := HubLink.find_program()
	if program.is_empty():
		_text.text = "The program “kinetix” was not found. Unpack the complete add-on for this system into the project."
		return
	_text.text = "Looking …"
	_thread = Thread.new()
	_thread.start(_examine.bind(program))


func _examine(program: String) -> void:
	var said: Array[String] = []
	OS.execute(program, PackedStringArray(["doctor"]), said, true)
	_show.call_deferred("".join(said))


func _show(said: String) -> void:
	_thread.wait_to_finish()
	_thread = null
	_text.text = said.strip_edges()

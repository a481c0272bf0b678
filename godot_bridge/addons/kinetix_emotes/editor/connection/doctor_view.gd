@tool
extends AcceptDialog
## Report of `kinetix doctor`, with buttons for its remedies.

const HubLink := preload("../hub/hub_link.gd")
const Types := preload("../hub/hub_types.gd")
const Look := preload("../look.gd")
const Words := preload("../words.gd")
const NO_PROGRAM := "The program “kinetix” was not found. Unpack the complete add-on for this system into the project."
const ALL_WELL := "No problems found."
## Labels of the buttons by the hub protocol's `Remedy`.
const REMEDIES: Dictionary[String, String] = {
	"fix": "Repair",
	"restart": "Restart Kinetix",
}
const COMMANDS: Dictionary[String, Array] = {
	"fix": ["doctor", "--fix", "--json"],
	"restart": ["hub", "restart"],
}

var _thread: Thread
var _program := ""
var _buttons: Dictionary[String, Button] = {}

@onready var _text: TextEdit = %Said


func _ready() -> void:
	_text.get_menu().auto_translate_mode = Node.AUTO_TRANSLATE_MODE_ALWAYS
	_text.get_menu().set_translation_domain(Words.EDITOR_DOMAIN)
	for remedy: String in REMEDIES:
		var button := add_button(Words.translated(REMEDIES[remedy]), true, remedy)
		button.name = "Remedy_" + remedy
		button.hide()
		_buttons[remedy] = button


func _exit_tree() -> void:
	if _thread:
		_thread.wait_to_finish()
		_thread = null


func open() -> void:
	popup_centered()
	if _thread:
		return
	_program = HubLink.Program.find()
	if _program.is_empty():
		_text.text = Words.translated(NO_PROGRAM)
		return
	_begin(Words.translated("Looking …"), [])


func _cure(remedy: StringName) -> void:
	if not _thread:
		_begin(Words.translated("Working …"), COMMANDS[String(remedy)])


## Asks the program for [param first], if for anything, and then what is wrong.
func _begin(words: String, first: Array) -> void:
	_text.text = words
	for button: Button in _buttons.values():
		button.hide()
	_thread = Thread.new()
	_thread.start(_examine.bind(_program, first))


func _examine(program: String, first: Array) -> void:
	if not first.is_empty():
		OS.execute(program, PackedStringArray(first))
	var output: Array[String] = []
	OS.execute(program, PackedStringArray(["doctor", "--json"]), output)
	_show.call_deferred("".join(output))


func _show(output: String) -> void:
	if not _thread:  # the dock was left meanwhile
		return
	_thread.wait_to_finish()
	_thread = null
	var json := JSON.new()
	if json.parse(output) != OK or not json.data is Dictionary:
		_text.text = Look.advice(
			Words.translated("Kinetix returned an unreadable answer."),
			Words.translated("Unpack the complete add-on for this system again.")
		)
		return
	var report := Types.DoctorReport.new(json.data)
	var lines := PackedStringArray()
	for check: Types.Check in report.checks:
		if check.state != "ok":
			lines.append(_line_of(check))
	for emote: Types.ProblemEmote in report.problems:
		lines.append("%s: %s" % [emote.name, Look.advice(emote.title, emote.next_step)])
	_text.text = "\n\n".join(lines) if not lines.is_empty() else Words.translated(ALL_WELL)


func _line_of(check: Types.Check) -> String:
	var line := Look.advice(check.text, check.next_step)
	if _buttons.has(check.remedy):
		_buttons[check.remedy].show()
	elif not check.command.is_empty():
		line += "\n" + Words.translated("(In a terminal: %s)") % check.command
	return line

@tool
extends VBoxContainer
## Decisions for the user: files that changed on both sides, and files that were deleted here.

const HubLink := preload("../hub/hub_link.gd")
const EmoteImports := preload("../project/emote_imports.gd")
const Types := preload("../hub/hub_types.gd")
const Look := preload("../look.gd")
const Words := preload("../words.gd")
const NOTHING := "No conflicts.\nFiles changed on both sides and emotes deleted in this project appear here."

var link: HubLink
var imports: EmoteImports

var _shown := ""

@onready var _list: VBoxContainer = %List


func _ready() -> void:
	link.targets_changed.connect(_refresh.bind(false))
	imports.failed.connect(_refresh.bind(true).unbind(2))
	_refresh(true)


func _refresh(always: bool) -> void:
	var wanted := ""
	for target: Types.SyncTarget in link.own_targets():
		for field: String in ["conflicts", "deleted", "problems"]:
			wanted += str(target.json.get(field))
	if wanted == _shown and not always:
		return
	_shown = wanted
	Look.clear(_list)
	for target: Types.SyncTarget in link.own_targets():
		_add_target(target)
	if _list.get_child_count() == 0:
		_list.add_child(Look.hint("Nothing", Words.translated(NOTHING)))


func _add_target(target: Types.SyncTarget) -> void:
	for conflict: Types.Conflict in target.conflicts:
		_add_text("%s: %s." % [conflict.file, conflict.reason])
		_add_choices(
			target.id,
			conflict.file,
			{
				"mine": Words.translated("Keep the project's"),
				"theirs": Words.translated("Use the source's")
			}
		)
	for file: String in target.deleted:
		_add_text(Words.translated("%s was deleted in this project.") % file)
		_add_choices(target.id, file, {"restore": Words.translated("Restore")})
	for problem: Types.SyncProblem in target.problems:
		var why := Look.advice(problem.error.title, problem.error.next_step)
		var notice := Words.translated("{file} was not synced: {why}")
		_add_text(notice.format({"file": problem.file, "why": why}))


func _add_text(text: String) -> void:
	if _list.get_child_count() > 0:
		_list.add_child(HSeparator.new())
	var label := Look.text("Text")
	Look.say(label, text)
	_list.add_child(label)


func _add_choices(id: String, file: String, choices: Dictionary) -> void:
	var row := HBoxContainer.new()
	for choice: String in choices:
		var button := Button.new()
		button.name = "%s_%s" % [choice, file.validate_node_name()]
		button.text = choices[choice]
		button.pressed.connect(_on_chosen.bind(id, file, choice, row))
		row.add_child(button)
	_list.add_child(row)


func _on_chosen(id: String, file: String, choice: String, row: HBoxContainer) -> void:
	for button: Node in row.get_children():
		(button as Button).disabled = true
	await imports.idle()  # the sync deletes or replaces the file, which ends an editor that is reading it
	var path := "/v1/sync/targets/%s/resolve" % id.uri_encode()
	if not await link.send(HTTPClient.METHOD_POST, path, {"file": file, "choice": choice}):
		_refresh(true)

@tool
extends Button
## Resolves errors of the sync: restores a folder's emotes, or accepts an emptied source.

const HubLink := preload("../hub/hub_link.gd")
const Types := preload("../hub/hub_types.gd")
const ProjectFiles := preload("../project/project_files.gd")
const Words := preload("../words.gd")
const RETURNS := "Bring {count} emotes back into {folder}? Those that you deleted here one by one come back too."
const FOLLOWS := "{count} emotes leave {folder}, as {source} is empty. Their files go into this system's bin."

## Labels of the button by the error's code. Texts of the hub quote them.
const WORDS: Dictionary[String, String] = {
	"folderGone": "Bring the emotes back",
	"sourceEmpty": "I emptied the folder",
}

var _link: HubLink
var _code := ""
var _target: Types.SyncTarget
var _leaving := PackedStringArray()
## Subject of the question, as returned by [method _about].
var _subject := ""

@onready var _question: ConfirmationDialog = $Question


func setup(link: HubLink) -> void:
	_link = link


func _ready() -> void:
	_link.targets_changed.connect(_refresh)


func _refresh() -> void:
	_code = ""
	for target: Types.SyncTarget in _link.own_targets():
		if target.error and WORDS.has(target.error.code):
			_code = target.error.code
			_target = target
	visible = not _code.is_empty()
	text = Words.translated(WORDS.get(_code, ""))
	if _question.visible and _about() != _subject:
		_question.hide()  # the question is outdated


func _about() -> String:
	return "%s %s" % [_code, _target.id]


func _ask() -> void:
	_subject = _about()
	var folder := "res://" + _target.folder
	_leaving.clear()
	if _code == "folderGone":
		var count := _target.counts.synced + _target.counts.deleted
		_question.title = Words.translated("Bring the emotes back")
		_question.ok_button_text = Words.translated("Bring back")
		var question := Words.translated(RETURNS)
		_question.dialog_text = question.format({"count": count, "folder": folder})
	else:
		var answer := await _run({"acceptEmpty": true, "dryRun": true})
		if answer.error or _about() != _subject:
			return
		for step: Types.PlanStep in Types.SyncRun.new(answer.json).plan:
			if step.action == "remove":
				_leaving.append(folder.path_join(step.file))
		_question.title = Words.translated("Remove emotes from the project")
		_question.ok_button_text = Words.translated("Remove them here")
		var question := Words.translated(FOLLOWS)
		_question.dialog_text = question.format(
			{"count": _leaving.size(), "folder": folder, "source": _target.source}
		)
	_question.popup_centered()


func _on_confirmed() -> void:
	if _code == "folderGone":
		await _run({"restore": true})
		return
	# Without a source these may be the last copies.
	for path: String in _leaving:
		if ProjectFiles.leads_elsewhere(path) or not FileAccess.file_exists(path):
			continue
		var problem := ProjectFiles.move_to_bin(path)
		if not problem.is_empty():
			_link.noticed.emit(
				"error", Words.translated("%s could not be deleted.") % path, problem
			)
			return
	await _run({"acceptEmpty": true})
	EditorInterface.get_resource_filesystem().scan()


func _run(body: Dictionary) -> HubLink.Answer:
	disabled = true
	var path := "/v1/sync/targets/%s/run" % _target.id.uri_encode()
	var answer := await _link.request(HTTPClient.METHOD_POST, path, body)
	disabled = false
	_link.report_error(answer)
	return answer

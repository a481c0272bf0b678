@tool
extends AcceptDialog
## Watched folders of this project, in addition to the library.

const HubLink := preload("../hub/hub_link.gd")
const Types := preload("../hub/hub_types.gd")
const Look := preload("../look.gd")
const Words := preload("../words.gd")
const NOTHING := "GLB files in a watched folder come into the project and stay up to date."

var link: HubLink

var _dialog: EditorFileDialog

@onready var _list: VBoxContainer = $Scroll/Watched


func _ready() -> void:
	add_button(Words.translated("Add a folder…"), false, "add").name = "AddFolder"
	link.targets_changed.connect(_refresh)
	_refresh()


func _refresh() -> void:
	Look.clear(_list)
	for target: Types.SyncTarget in link.own_targets():
		if target.source != "library":
			_list.add_child(_row(target))
	if _list.get_child_count() == 0:
		_list.add_child(Look.hint("Nothing", Words.translated(NOTHING)))


func _row(target: Types.SyncTarget) -> Control:
	var row := HBoxContainer.new()
	row.add_child(Look.trimmed("%s → res://%s" % [target.source, target.folder]))
	var remove := Look.icon_button(
		&"Remove", Words.translated("Stop watching this folder and keep its emotes")
	)
	remove.name = "RemoveFolder"
	remove.pressed.connect(_remove.bind(target.id))
	row.add_child(remove)
	return row


func _choose(_action: StringName) -> void:
	if not _dialog:
		_dialog = EditorFileDialog.new()
		_dialog.access = EditorFileDialog.ACCESS_FILESYSTEM
		_dialog.file_mode = EditorFileDialog.FILE_MODE_OPEN_DIR
		_dialog.dir_selected.connect(watch)
		_dialog.set_translation_domain(Words.EDITOR_DOMAIN)
		add_child(_dialog)
	_dialog.popup_centered_ratio(0.6)


## Sync a folder of this machine into a new project folder of the same name.
func watch(source: String) -> void:
	var name := source.trim_suffix("/").get_file().validate_filename()
	var folder := name
	var number := 2
	while DirAccess.dir_exists_absolute("res://" + folder):
		folder = "%s_%d" % [name, number]
		number += 1
	var body := {"project": link.project(), "folder": folder, "source": source}
	await link.send(HTTPClient.METHOD_POST, "/v1/sync/targets", body)


func _remove(id: String) -> void:
	await link.send(HTTPClient.METHOD_DELETE, "/v1/sync/targets/" + id.uri_encode())

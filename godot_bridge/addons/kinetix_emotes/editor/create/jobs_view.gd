@tool
extends ScrollContainer
## Jobs: progress, remaining time, the phone's QR code, and the decision at the end.

signal shown(emote: String)

const HubLink := preload("../hub/hub_link.gd")
const LibraryView := preload("../library/library_view.gd")
const Types := preload("../hub/hub_types.gd")
const Look := preload("../look.gd")
const Words := preload("../words.gd")
## States in which nothing gets on by itself.
const WAITING: PackedStringArray = ["queued", "awaitingDecision", "awaitingUpload"]
const BUTTONS: Dictionary[String, String] = {
	"Show": "Show",
	"Accept": "Accept",
	"Retake": "Retake",
	"Retry": "Retry",
	"Upper body": "Upper body",
	"Cancel": "Cancel",
}

var _link: HubLink
var _library: LibraryView
var _rows: Dictionary[String, Control] = {}
var _shapes: Dictionary[String, String] = {}

@onready var _list: VBoxContainer = $Rows
@onready var _hint: Label = $Rows/NoJobs


func setup(link: HubLink, library: LibraryView) -> void:
	_link = link
	_library = library


func _ready() -> void:
	_link.changed.connect(_on_changed)
	_refresh()


func _on_changed(part: StringName) -> void:
	if part == &"jobs":
		_refresh()


func _refresh() -> void:
	for id: String in _rows.keys():
		if not _link.jobs.has(id):
			_drop(id)
	var ids := _link.jobs.keys()
	ids.sort_custom(
		func(a: String, b: String) -> bool:
			return _link.jobs[a].created_at < _link.jobs[b].created_at
	)
	for id: String in ids:  # the newest comes last, to the top
		var job := _link.jobs[id]
		# A row is built again only when its buttons change, so that a click never misses.
		var shape := "%s %s %s" % [job.state, job.phone != null, _is_half_a_body(job)]
		if _shapes.get(id) != shape:
			_drop(id)
			_rows[id] = _build(id, job)
			_shapes[id] = shape
			_list.add_child(_rows[id])
		_list.move_child(_rows[id], 0)
		_fill(_rows[id], job)
	_hint.visible = _rows.is_empty()


func _drop(id: String) -> void:
	if _rows.has(id):
		_list.remove_child(_rows[id])
		_rows[id].queue_free()
		_rows.erase(id)
		_shapes.erase(id)


func _build(id: String, job: Types.Job) -> Control:
	var state := job.state
	var box := VBoxContainer.new()
	box.name = "Job_" + id
	var line := HBoxContainer.new()
	box.add_child(line)
	var mark := Look.mark()
	mark.name = "Mark"
	line.add_child(mark)
	var title := Look.text("Title")
	line.add_child(title)
	if state in Types.ENDED:
		var clear := Look.icon_button(&"Close", Words.translated("Dismiss"))
		clear.name = "Clear"
		clear.size_flags_vertical = Control.SIZE_SHRINK_BEGIN
		clear.pressed.connect(func() -> void: _delete(id))
		line.add_child(clear)
	elif state not in WAITING:
		var bar := ProgressBar.new()
		bar.name = "Bar"
		box.add_child(bar)
	if job.phone and state == "awaitingUpload":
		_add_code(box, job.phone)
	var buttons := HFlowContainer.new()
	buttons.name = "Buttons"
	box.add_child(buttons)
	match state:
		"awaitingDecision":
			_add_button(buttons, "Show", &"Play", func() -> void: _show_preview(id))
			_add_button(buttons, "Accept", &"ImportCheck", func() -> void: _post(id, "validate"))
			_add_button(buttons, "Retake", &"Reload", func() -> void: _post(id, "retake"))
		"delivered":
			_add_button(buttons, "Show", &"Play", func() -> void: shown.emit(job.emote_id))
		"failed":
			_add_button(buttons, "Retry", &"Reload", func() -> void: _post(id, "retry"))
			if _is_half_a_body(job):
				_add_button(
					buttons, "Upper body", &"Skeleton3D", func() -> void: _post(id, "upper-body")
				)
	if state not in Types.ENDED:
		_add_button(buttons, "Cancel", &"", func() -> void: _post(id, "cancel"))
	buttons.visible = buttons.get_child_count() > 0
	var level := "error" if state == "failed" else "info"
	level = "warning" if state == "awaitingDecision" else level
	level = "good" if state == "delivered" else level
	mark.theme_changed.connect(func() -> void: Look.show_level(mark, title, level))
	return box


static func _is_half_a_body(job: Types.Job) -> bool:
	var is_half := job.error != null and job.error.code == "halfBody"
	return is_half and job.settings.body == "whole" and job.kind == "clip"


static func _add_button(row: Container, id: String, icon: StringName, action: Callable) -> void:
	var button := Button.new()
	button.name = id
	button.text = Words.translated(BUTTONS[id])
	if not icon.is_empty():
		Look.icon(button, icon)
	button.pressed.connect(action)
	row.add_child(button)


static func _add_code(box: VBoxContainer, phone: Types.PhoneLink) -> void:
	var rows := phone.qr
	var link := LinkButton.new()
	link.name = "Link"
	link.text = Words.translated("Open the upload page here")
	link.size_flags_horizontal = Control.SIZE_SHRINK_CENTER
	link.uri = phone.url
	link.tooltip_text = link.uri
	if not rows.is_empty():
		var image := Image.create_empty(rows[0].length(), rows.size(), false, Image.FORMAT_L8)
		for y in rows.size():
			for x in rows[y].length():
				image.set_pixel(x, y, Color.BLACK if rows[y][x] == "1" else Color.WHITE)
		var code := TextureRect.new()
		code.name = "QR"
		code.texture = ImageTexture.create_from_image(image)
		code.custom_minimum_size = Vector2(180, 180)
		code.expand_mode = TextureRect.EXPAND_IGNORE_SIZE
		code.stretch_mode = TextureRect.STRETCH_KEEP_ASPECT_CENTERED
		code.texture_filter = CanvasItem.TEXTURE_FILTER_NEAREST
		box.add_child(code)
	if not phone.hint.is_empty():
		box.add_child(Look.hint("PhoneHint", phone.hint))
	box.add_child(link)


func _fill(row: Control, job: Types.Job) -> void:
	var state := job.state
	var text := "%s · %s" % [job.name, job.status]
	if not is_nan(job.remaining_s) and state not in Types.ENDED:
		text += Words.translated(", about %d s left") % ceili(job.remaining_s)
	if job.in_line:
		text += Words.translated(", no. %d in line") % job.in_line.place
		if not is_nan(job.in_line.wait_s):
			text += Words.translated(", about %d s") % int(job.in_line.wait_s)
	if job.error:
		text += "\n" + Look.advice(job.error.title, job.error.next_step)
	if state == "awaitingDecision" and job.retries_left == 1:
		text += Words.translated(" (1 retake left)")
	elif state == "awaitingDecision" and not is_nan(job.retries_left):
		text += Words.translated(" (%d retakes left)") % int(job.retries_left)
	for hint: String in job.hints:
		text += "\n" + hint
	Look.say(row.find_child("Title", true, false) as Label, text)
	var bar := row.get_node_or_null("Bar") as ProgressBar
	if bar:
		bar.visible = not is_nan(job.percent)
		bar.value = job.percent if bar.visible else 0.0


func _show_preview(id: String) -> void:
	if _link.jobs[id].preview:
		_library.show_file(_link.jobs[id].preview.glb)


func _post(id: String, what: String) -> void:
	_set_disabled(id, true)
	var path := "/v1/jobs/%s/%s" % [id.uri_encode(), what]
	var answer := await _link.request(HTTPClient.METHOD_POST, path)
	_set_disabled(id, false)
	_link.report_error(answer)


func _delete(id: String) -> void:
	var path := "/v1/jobs/" + id.uri_encode()
	_link.report_error(await _link.request(HTTPClient.METHOD_DELETE, path))


func _set_disabled(id: String, disabled: bool) -> void:
	if _rows.has(id):
		for button: Node in _rows[id].get_node("Buttons").get_children():
			(button as Button).disabled = disabled

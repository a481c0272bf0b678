@tool
extends ScrollContainer
## Jobs: progress, remaining time, the phone's QR code, and the decision at the end.

signal emote_wanted(id: String)
## A file that is not in the library yet is to be shown for the decision about it.
signal file_wanted(path: String)

const HubLink := preload("../hub/hub_link.gd")
const Types := preload("../hub/hub_types.gd")
const Look := preload("../look.gd")
const Words := preload("../words.gd")
## States without progress.
const WAITING: PackedStringArray = ["queued", "awaitingDecision", "awaitingUpload"]
## Button → action of the hub protocol.
const ACTIONS: Dictionary[StringName, String] = {
	&"Accept": "validate",
	&"Retake": "retake",
	&"Retry": "retry",
	&"UpperBody": "upper-body",
	&"Cancel": "cancel",
}
const ROW := preload("job_row.tscn")

var link: HubLink

var _rows: Dictionary[String, Control] = {}
var _shapes: Dictionary[String, String] = {}

@onready var _list: VBoxContainer = $Rows
@onready var _hint: Label = $Rows/NoJobs


func _ready() -> void:
	link.jobs_changed.connect(_refresh)
	_refresh()


func _refresh() -> void:
	for id: String in _rows.keys():
		if not link.jobs.has(id):
			_drop(id)
	var ids := link.jobs.keys()
	ids.sort_custom(
		func(a: String, b: String) -> bool: return link.jobs[a].created_at < link.jobs[b].created_at
	)
	for id: String in ids:  # the newest comes last, to the top
		var job := link.jobs[id]
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
	var row: Control = ROW.instantiate()
	row.name = "Job_" + id
	Look.prepare(row)
	var offered := _buttons_of(job)
	for button: Button in row.get_node("Buttons").get_children():
		if button.name not in offered:
			button.free()
		elif ACTIONS.has(button.name):
			button.pressed.connect(_post.bind(id, ACTIONS[button.name]))
		else:
			button.pressed.connect(_show.bind(id))
	(row.get_node("Buttons") as Control).visible = not offered.is_empty()
	var clear: Button = row.get_node("Line/Clear")
	clear.visible = job.state in Types.ENDED
	clear.pressed.connect(_delete.bind(id))
	if job.state in Types.ENDED or job.state in WAITING:
		row.get_node("Bar").free()
	if job.phone and job.state == "awaitingUpload":
		_show_code(row, job.phone)
	else:
		row.get_node("Phone").free()
	var mark: TextureRect = row.get_node("Line/Mark")
	var title: Label = row.get_node("Line/Title")
	var levels := {"failed": "error", "awaitingDecision": "warning", "delivered": "good"}
	var level: String = levels.get(job.state, "info")
	mark.theme_changed.connect(func() -> void: Look.show_level(mark, title, level))
	return row


static func _buttons_of(job: Types.Job) -> Array[StringName]:
	match job.state:
		"awaitingDecision":
			return [&"Show", &"Accept", &"Retake", &"Cancel"]
		"delivered":
			return [&"Show"]
		"failed" when _is_half_a_body(job):
			return [&"Retry", &"UpperBody"]
		"failed":
			return [&"Retry"]
	if job.state in Types.ENDED:
		return []
	return [&"Cancel"]


static func _is_half_a_body(job: Types.Job) -> bool:
	var is_half := job.error != null and job.error.code == "halfBody"
	return is_half and job.settings.body == "whole" and job.kind == "clip"


static func _show_code(row: Control, phone: Types.PhoneLink) -> void:
	var link: LinkButton = row.get_node("Phone/Link")
	link.uri = phone.url
	link.tooltip_text = phone.url
	Look.say(row.get_node("Phone/PhoneHint") as Label, phone.hint)
	var code: TextureRect = row.get_node("Phone/QR")
	code.visible = not phone.qr.is_empty()
	if code.visible:
		var image := Image.create_empty(
			phone.qr[0].length(), phone.qr.size(), false, Image.FORMAT_L8
		)
		for y in phone.qr.size():
			for x in phone.qr[y].length():
				image.set_pixel(x, y, Color.BLACK if phone.qr[y][x] == "1" else Color.WHITE)
		code.texture = ImageTexture.create_from_image(image)


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


func _show(id: String) -> void:
	var job := link.jobs[id]
	if job.state == "delivered":
		emote_wanted.emit(job.emote_id)
	elif job.preview:
		file_wanted.emit(job.preview.glb)


func _post(id: String, what: String) -> void:
	_set_disabled(id, true)
	await link.send(HTTPClient.METHOD_POST, "/v1/jobs/%s/%s" % [id.uri_encode(), what])
	_set_disabled(id, false)


func _delete(id: String) -> void:
	await link.send(HTTPClient.METHOD_DELETE, "/v1/jobs/" + id.uri_encode())


func _set_disabled(id: String, disabled: bool) -> void:
	if _rows.has(id):
		for button: Node in _rows[id].get_node("Buttons").get_children():
			(button as Button).disabled = disabled

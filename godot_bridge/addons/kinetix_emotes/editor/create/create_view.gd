@tool
extends VBoxContainer
## Creates an emote from a clip, one per clip from several, or one filmed with a phone.

const HubLink := preload("../hub/hub_link.gd")
const ClipPart := preload("clip_part.gd")
const FurtherCameras := preload("further_cameras.gd")
const PeopleRow := preload("people_row.gd")
const VideoDialog := preload("video_dialog.gd")
const ManyClips := preload("many_clips.gd")
const QuickLook := preload("quick_look.gd")
const Types := preload("../hub/hub_types.gd")
const Look := preload("../look.gd")
const Words := preload("../words.gd")
## People to capture, and the body: values of the hub protocol in the order of their choices.
const PEOPLE: Array = [null, "all", "one"]
const BODIES: Array[String] = ["whole", "upper"]
## Godot copies every file that is dropped into its window.
const COPIED := (
	"Godot has copied the files into the project too, as it does with whatever is dropped on it. "
	+ "Delete the copies there."
)
const RULE := "one person, full body, {least} to {most} s, steady camera."

var link: HubLink

var _dialog: VideoDialog
var _suggested := ""
## The job that was sent last, with its clip and name. They come back into an empty form when it fails.
var _sent_job := ""
var _sent_clip := ""
var _sent_name := ""
## Last request to check the clip, as JSON, and the objection.
var _pending := ""
var _checked := ""
var _against := ""
var _reason := ""

@onready var _clip: LineEdit = %Clip
@onready var _name: LineEdit = %EmoteName
@onready var _loops: CheckBox = %Loops
@onready var _review: CheckBox = %AskFirst
@onready var _people: OptionButton = %People
@onready var _found: PeopleRow = %FoundPeople
@onready var _body: OptionButton = %Body
@onready var _face: CheckBox = %Face
@onready var _half: Button = %CaptureUpperBody
@onready var _half_hint: Label = %HalfBody
@onready var _part: ClipPart = %ClipPart
@onready var _cameras: FurtherCameras = %FurtherCameras
@onready var _many: ManyClips = %ManyClips
@onready var _part_only: CheckButton = %PartOnly
@onready var _create: Button = %CreateFromClip
@onready var _phone: Button = %CreateByPhone
@onready var _why: Label = %WhyNot
@onready var _longer: Button = %TakeLongerClips
@onready var _shorter: Button = %TakeShorterClips
@onready var _problem: Label = %Problem


func _ready() -> void:
	link.state_changed.connect(_refresh)
	link.connection_changed.connect(_on_connection_changed)
	link.jobs_changed.connect(_on_jobs_changed)
	_longer.pressed.connect(_change_length.bind({"maxSeconds": Types.LONGEST_CLIP_S}))
	_shorter.pressed.connect(_change_length.bind({"minSeconds": Types.SHORTEST_CLIP_S}))
	_refresh()


func _enter_tree() -> void:
	get_window().files_dropped.connect(_on_files_dropped)


func _exit_tree() -> void:
	get_window().files_dropped.disconnect(_on_files_dropped)


## Check clips again: their accepted length may have changed.
func _on_connection_changed() -> void:
	if _reason in [QuickLook.TOO_LONG, QuickLook.TOO_SHORT]:
		_checked = ""
	if _many.have(QuickLook.TOO_LONG) or _many.have(QuickLook.TOO_SHORT):
		_many.check()
	_refresh()


## Put the clip of a failed job back into an empty form.
func _on_jobs_changed() -> void:
	if not link.jobs.has(_sent_job):
		return
	var job := link.jobs[_sent_job]
	if job.state == "failed" and _clip.text.is_empty() and _many.paths().is_empty():
		choose(PackedStringArray([_sent_clip]))
		_name.text = _sent_name
	if job.state in Types.ENDED:
		_sent_job = ""


func _refresh() -> void:
	_clip.tooltip_text = _rule()
	_review.visible = _is_local()
	var count := _many.paths().size()
	_clip.editable = count == 0
	_clip.placeholder_text = (
		Words.translated("%d clips") % count if count else Words.translated("Video file")
	)
	_name.visible = count == 0  # of several each is named after its file
	_part_only.visible = count == 0
	_body.visible = _is_local() and _views().is_empty()
	_face.visible = _body.visible
	_cameras.visible = _is_local() and count == 0
	_look()
	var may_choose := _body.visible and _body.selected == 0
	_found.visible = may_choose and _found.are_several()
	_people.visible = may_choose and not _found.visible
	_half.visible = may_choose and _found.is_half_a_body()
	_half_hint.visible = _half.visible
	_show_create()
	var longest := link.connection.max_seconds
	var is_longer := _is_refused(QuickLook.TOO_LONG) or _part.is_longer_than(longest)
	var may_help := not _part.is_longer_than(Types.LONGEST_CLIP_S)
	_longer.visible = _is_local() and is_longer and may_help and longest < Types.LONGEST_CLIP_S
	var shortest := link.connection.min_seconds
	var is_shorter := _is_refused(QuickLook.TOO_SHORT) or _part.is_shorter_than(shortest)
	may_help = not _part.is_shorter_than(Types.SHORTEST_CLIP_S)
	_shorter.visible = (
		_is_local() and is_shorter and may_help and shortest > Types.SHORTEST_CLIP_S
	)
	_phone.disabled = not link.is_up()


## Update the button that creates, or the reason why it is disabled.
func _show_create() -> void:
	var count := _many.paths().size()
	var why := _why_not()
	Look.say(_why, why)
	_create.disabled = not why.is_empty() or not _pending.is_empty()
	_create.text = Words.translated("Create emote")
	if count:
		_create.text = Words.translated("Create %d emotes") % count
	elif why.is_empty() and not _pending.is_empty():
		_create.text = Words.translated("Checking the clip…")


func _why_not() -> String:
	if not link.is_up():
		return Words.translated("Waiting for Kinetix.")
	if not _many.paths().is_empty():
		return _many.problem()
	var clip := _clip.text.strip_edges()
	if clip.is_empty():
		return Words.translated("Choose a video: %s") % _rule()
	if not FileAccess.file_exists(clip):
		return Words.translated("The file does not exist. Choose the video again.")
	var problem := _part.problem()
	if not problem.is_empty():
		return problem
	problem = _cameras.problem(clip) if _is_local() else ""
	if not problem.is_empty():
		return problem
	if _part.is_shorter_than(link.connection.min_seconds):
		var least := _length(link.connection.min_seconds)
		return Words.translated("The part is shorter than %s s. Move From or To.") % least
	if _part.is_longer_than(link.connection.max_seconds):
		var most := _length(link.connection.max_seconds)
		return Words.translated("The part is longer than %s s. Move From or To.") % most
	if _found.visible and not _found.is_chosen():
		return Words.translated("Choose who is captured.")
	return _against if _checked == _question(clip) else ""


## Returns whether a check rejected the clip, or one of several, for this reason.
func _is_refused(reason: String) -> bool:
	return (
		_many.have(reason)
		or (_reason == reason and _checked == _question(_clip.text.strip_edges()))
	)


func _change_length(change: Dictionary) -> void:
	var answer := await link.set_clip_length(change)
	if answer.error:
		Look.say(_problem, Look.advice(answer.error.title, answer.error.next_step))


## Returns whether this machine captures: another service decides itself about reviews.
func _is_local() -> bool:
	return link.connection.kind == "local"


## Return further clips of the same take, which only this machine combines.
func _views() -> PackedStringArray:
	return _cameras.paths() if _is_local() else PackedStringArray()


func _reviews_first() -> bool:
	return _review.button_pressed and _is_local()


func _rule() -> String:
	var least := _length(link.connection.min_seconds)
	var most := _length(link.connection.max_seconds)
	return Words.translated(RULE).format({"least": least, "most": most})


static func _length(seconds: float) -> String:
	return ("%.1f" % seconds).trim_suffix(".0")


## Have the hub check the clip and find its people, one request at a time.
func _look() -> void:
	var clip := _clip.text.strip_edges()
	var question := _question(clip)
	if question != _checked:
		_found.show_people([])
	if not _pending.is_empty() or question == _checked or not link.is_up():
		return
	if not FileAccess.file_exists(clip) or not _part.problem().is_empty():
		return
	_pending = question
	var body: Dictionary = JSON.parse_string(question)
	var look := QuickLook.new()
	await link.get_tree().process_frame  # an answer may come at once; the form is drawn as checking before it
	var has_looked := await look.ask(link, body)
	_checked = _pending if has_looked else ""  # else sent again once the hub is there, or when the form changes
	_pending = ""
	if not has_looked:
		_show_create()
		return
	_reason = look.reason
	_against = look.words
	if _checked == _question(_clip.text.strip_edges()):
		_found.show_people(look.people)
	_refresh()


func _question(clip: String) -> String:
	var body := {"clip": ProjectSettings.globalize_path(clip), "people": true}
	body.merge(_part.settings())
	return JSON.stringify(body)


## Suggest the clip's name until the user has typed one.
func _on_clip_changed(_text := "") -> void:
	var typed := _name.text.strip_edges()
	if typed.is_empty() or typed == _suggested:
		_suggested = _free_name(_clip.text.strip_edges().get_file().get_basename())
		_name.text = _suggested
	_refresh()


## Return the name, with a number if the library or a job uses it already.
func _free_name(wanted: String) -> String:
	if wanted.is_empty():
		return ""
	var taken: Dictionary[String, bool] = {}
	for emote: Types.Emote in link.emotes.values():
		taken[emote.name.to_lower()] = true
	for job: Types.Job in link.jobs.values():
		taken[job.name.to_lower()] = true
	var found := wanted
	var number := 2
	while taken.has(found.to_lower()):
		found = "%s %d" % [wanted, number]
		number += 1
	return found


func _on_part_toggled(is_on: bool) -> void:
	_part.visible = is_on
	if not is_on:
		_part.reset()
	_refresh()


func _on_browse() -> void:
	if not _dialog:
		_dialog = VideoDialog.new()
		_dialog.chosen.connect(choose)
		add_child(_dialog)
	_dialog.open()


## Show one clip in the form, or create one emote per clip from several.
func choose(clips: PackedStringArray) -> void:
	var is_one := clips.size() == 1
	if not is_one:
		_part_only.button_pressed = false
		_cameras.reset()
	_many.choose(PackedStringArray() if is_one else clips)
	_clip.text = clips[0] if is_one else ""
	_clip.caret_column = _clip.text.length()  # the end of a path matters more than its start
	_on_clip_changed()


## Choose videos dropped onto the form from outside the editor.
func _on_files_dropped(files: PackedStringArray) -> void:
	var clips := ManyClips.videos(files)
	if clips.is_empty() or not is_visible_in_tree():
		return
	if get_global_rect().has_point(get_global_mouse_position()):
		choose(clips)
		Look.say(_problem, Words.translated(COPIED))


func _on_many_changed() -> void:
	var left := _many.paths()
	if left.size() == 1:
		choose(left)
	else:
		_refresh()


func _on_create() -> void:
	if not _many.paths().is_empty():
		Look.say(_problem, "")
		await _many.send(_for_each(), _free_name)
		_refresh()
		return
	var clip := _clip.text.strip_edges()
	var name := _name.text.strip_edges()
	if name.is_empty():
		name = clip.get_file().get_basename()
	var body := {
		"clip": clip,
		"name": name,
		"views": _views(),
	}
	body.merge(_for_each())
	if _found.visible:
		body.merge(_found.settings(), true)
	body.merge(_part.settings())
	var answer := await _send("/v1/jobs", body)
	_sent_job = Types.Job.new(answer.json).id
	_sent_clip = clip
	_sent_name = name


func _for_each() -> Dictionary:
	return {
		"loop": _loops.button_pressed,
		"people": PEOPLE[_people.selected] if _people.visible else null,
		"body": BODIES[_body.selected] if _body.visible else BODIES[0],
		"face": _face.visible and _face.button_pressed,
		"askFirst": _reviews_first(),
	}


func _on_phone() -> void:
	var name := _name.text.strip_edges()
	var shown := name if not name.is_empty() else _free_name("Emote")
	await _send("/v1/jobs/phone", {"name": shown, "askFirst": _reviews_first()})


func _send(path: String, body: Dictionary) -> HubLink.Answer:
	_create.disabled = true
	_phone.disabled = true
	var sent := _clip.text
	var answer := await link.request(HTTPClient.METHOD_POST, path, body)
	Look.say(_problem, "")
	if answer.error:
		Look.say(_problem, Look.advice(answer.error.title, answer.error.next_step))
	elif _clip.text == sent:  # else the person has chosen the next clip meanwhile
		_clip.text = ""
		_name.text = ""
		_suggested = ""
		_part.reset()
		_cameras.reset()
	_refresh()
	return answer

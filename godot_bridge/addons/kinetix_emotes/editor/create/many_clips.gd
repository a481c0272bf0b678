@tool
extends VBoxContainer
## Several clips, one emote each, named after the file; and a summary of those that were sent.

signal changed
signal seen

const HubLink := preload("../hub/hub_link.gd")
const ClipRow := preload("clip_row.gd")
const QuickLook := preload("quick_look.gd")
const Types := preload("../hub/hub_types.gd")
const Look := preload("../look.gd")
const Words := preload("../words.gd")
const REFUSED := "{made} of {count} emotes created, {refused} failed."
const ENDINGS: PackedStringArray = ["mp4", "mov", "m4v", "webm", "mkv", "avi"]

var link: HubLink

## Clips that were sent, by path: the id of the job of each, or what the hub had against it.
var _jobs: Dictionary[String, String] = {}
var _against: Dictionary[String, String] = {}

## Summary of the clips that were sent, shown above the jobs.
@onready var summary: Label = %WhatBecame


func _ready() -> void:
	link.jobs_changed.connect(_summarise)


static func videos(files: PackedStringArray) -> PackedStringArray:
	var found := PackedStringArray()
	for file: String in files:
		if file.get_extension().to_lower() in ENDINGS and file not in found:
			found.append(file)
	return found


## Return the paths of the chosen clips.
func paths() -> PackedStringArray:
	var found := PackedStringArray()
	for row: ClipRow in get_children():
		found.append(row.path)
	return found


## Replace the chosen clips.
func choose(clips: PackedStringArray) -> void:
	Look.clear(self)
	for clip: String in clips:
		var row := ClipRow.new(clip, Words.translated("Remove this clip"))
		row.removed.connect(_remove.bind(row))
		add_child(row)
	changed.emit()
	check()


func have(reason: String) -> bool:
	for row: ClipRow in get_children():
		if row.reason == reason:
			return true
	return false


func problem() -> String:
	for path: String in paths():
		if not FileAccess.file_exists(path):
			return Words.translated("%s is missing. Remove it from the list.") % path.get_file()
	return ""


## Send one job per clip with the same settings; [param free_name] returns an unused name.
func send(settings: Dictionary, free_name: Callable) -> void:
	var clips := paths()
	Look.clear(self)
	_jobs.clear()
	_against.clear()
	changed.emit()
	for clip: String in clips:
		var body := {"clip": clip, "name": free_name.call(clip.get_file().get_basename())}
		body.merge(settings)
		var answer := await link.request(HTTPClient.METHOD_POST, "/v1/jobs", body)
		if answer.error:
			_against[clip] = Look.advice(answer.error.title, answer.error.next_step)
		else:
			var job := Types.Job.new(answer.json)
			if not link.jobs.has(job.id):  # the next clip gets another name
				link.jobs[job.id] = job
			_jobs[clip] = job.id
		_summarise()


## Check one clip after the other; a problem is shown below its clip.
func check() -> void:
	for clip: String in paths():
		if not _row(clip):  # taken out meanwhile
			continue
		var look := QuickLook.new()
		if not await look.ask(link, {"clip": clip}):
			continue
		var row := _row(clip)
		if row:
			row.say(look.words, look.reason)
			seen.emit()


func _row(clip: String) -> ClipRow:
	for row: ClipRow in get_children():
		if row.path == clip:
			return row
	return null


func _remove(row: ClipRow) -> void:
	remove_child(row)
	row.queue_free()
	changed.emit()


## Updates the summary: emotes created, and clips that the hub rejected before a job existed.
func _summarise() -> void:
	var count := _jobs.size() + _against.size()
	var made := 0
	var refused := _against.size()
	for id: String in _jobs.values():
		if link.jobs.has(id):
			made += int(link.jobs[id].state == "delivered")
			refused += int(link.jobs[id].state == "failed")
	var lines := PackedStringArray()
	if count:
		var words := Words.translated("{made} of {count} emotes created.")
		if refused:
			words = Words.translated(REFUSED)
		lines.append(words.format({"made": made, "count": count, "refused": refused}))
	for clip: String in _against:
		lines.append("%s: %s" % [clip.get_file(), _against[clip]])
	Look.say(summary, "\n".join(lines))

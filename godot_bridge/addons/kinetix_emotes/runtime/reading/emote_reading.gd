class_name EmoteReading
extends RefCounted
## A reading task of another thread; in a web export without threads it runs at once.

## It is done; never within the call that started it, never after [method cancel].
signal done

const Budget := preload("budget.gd")
## Bytes; no emote's file has more.
const LARGEST := 64 << 20

# Readings live until their task has ended, whoever has forgotten them by then.
static var _running: Array[EmoteReading] = []

## What was read; null with a [member problem].
var clip: EmoteClip
## Why it could not be read; empty when it could.
var problem := ""

var _budget: Budget
var _is_cancelled := false
var _task := -1


# [param budget] is that of the reader which is given its bytes piece by piece.
func _init(budget := Budget.new()) -> void:
	_budget = budget


## Reads a file of the project, of the player's folder or of the system. [param kind] is `glb` or `kinanim`.
func read_file(path: String, kind: String) -> void:
	_start(_read_file.bind(path, kind))


func read_glb(bytes: PackedByteArray) -> void:
	_start(_read_bytes.bind(bytes, "glb"))


## Gives a reader its next bytes. Nothing else may use it, or its clip, before [signal done].
func feed(reader: KinanimReader, bytes: PackedByteArray) -> void:
	_start(reader.feed.bind(bytes))


## Gives the reading up: it ends soon, and emits nothing more.
func cancel() -> void:
	_is_cancelled = true
	_budget.cancel()


func _start(work: Callable) -> void:
	_running.append(self)
	_task = WorkerThreadPool.add_task(_run.bind(work), false, "Kinetix emote")


func _run(work: Callable) -> void:
	work.call()
	_end.call_deferred()


func _end() -> void:
	WorkerThreadPool.wait_for_task_completion(_task)
	_running.erase(self)
	if not _is_cancelled:
		done.emit()


func _read_file(path: String, kind: String) -> void:
	var file := FileAccess.open(path, FileAccess.READ)
	if not file or file.get_length() == 0:
		problem = "The file cannot be read: %s; look whether it is there." % path
	elif file.get_length() > LARGEST:
		problem = "The file is larger than an emote can be: %s; export it without meshes." % path
	else:
		_read_bytes(file.get_buffer(file.get_length()), kind)


func _read_bytes(bytes: PackedByteArray, kind: String) -> void:
	var problems := PackedStringArray()
	if kind == "glb":
		clip = EmoteClip.from_glb(bytes, problems, _budget)
	else:
		clip = EmoteClip.from_kinanim(bytes, problems, _budget)
	if not clip:
		problem = problems[0]

@tool
extends Node
## Connection to the hub: mirrors its state and sends commands. Nothing blocks: requests are coroutines.

## [member state] or [member reason] changed.
signal state_changed
signal jobs_changed
signal emotes_changed
signal targets_changed
signal connection_changed
## `connection` or `targets` changed.
signal changed(part: StringName)
signal noticed(level: String, title: String, next_step: String)
signal files_changed(target: Types.SyncTargetChange)

enum State { SEARCHING, STARTING, CONNECTING, READY, NO_PROGRAM, REFUSED }

const Exchange := preload("hub_exchange.gd")
const Program := preload("hub_program.gd")
const Types := preload("hub_types.gd")
const Words := preload("../words.gd")
const RETRY_S := 1.0
const START_WAIT_S := 20.0
## Pause after the hub refused a listener, as it holds a limited number.
const REFUSED_WAIT_S := 5.0
## Frames after the first scan before a hub is started: `godot --import` ends before.
const IDLE_FRAMES := 20
const PROTOCOL := 1
## Code of an error without an answer from the hub.
const NO_ANSWER := "hub"
const NO_PROGRAM_CURE := (
	"Unpack the complete add-on for this system into the project, "
	+ "or set “%s” in the editor settings."
)
const MAX_MESSAGE := 16 << 20
var state := State.SEARCHING
## Reason for the state, in the user's language.
var reason := Words.translated("Looking for Kinetix.")
## Next step for the user; empty if none is needed.
var cure := ""
## Jobs, emotes and sync targets by their ids.
var jobs: Dictionary[String, Types.Job] = {}
var emotes: Dictionary[String, Types.Emote] = {}
var targets: Dictionary[String, Types.SyncTarget] = {}
var connection := Types.Connection.new({})
var starts_hub := true

var _idle_frames := IDLE_FRAMES
var _socket: WebSocketPeer
var _info: Dictionary = {}
var _nonce := ""
var _start_id := ""
var _seq := 0
var _wait := 0.0
var _started_at := -1.0
var _starter := 0
var _asking := false
var _was_requested := false


class Answer:
	extends RefCounted
	## The received object, to create one of the types from.
	var json: Dictionary
	## Null if the request succeeded.
	var error: Types.ErrorInfo

	func _init(found: Dictionary) -> void:
		json = found
		if found.get("error") is Dictionary:
			error = Types.ErrorInfo.new(found["error"])


func _ready() -> void:
	starts_hub = OS.get_environment("KINETIX_NO_START").is_empty()
	connection_changed.connect(changed.emit.bind(&"connection"))
	targets_changed.connect(changed.emit.bind(&"targets"))


func _process(delta: float) -> void:
	if _starter > 0 and not OS.is_process_running(_starter):
		_starter = 0  # the check releases the ended process
	if _socket:
		_poll()
		return
	if _idle_frames > 0:
		var is_scanning := EditorInterface.get_resource_filesystem().is_scanning()
		_idle_frames = IDLE_FRAMES if is_scanning else _idle_frames - 1
		return
	_wait -= delta
	if _wait > 0.0 or _asking:
		return
	_wait = RETRY_S
	if _read_info():
		_connect()
	else:
		_start_hub()


func _exit_tree() -> void:
	_drop()


## True while commands can be sent.
func is_up() -> bool:
	return state == State.READY


## Changes the accepted length of a clip on this machine: `minSeconds`, `maxSeconds` or both.
func set_clip_length(change: Dictionary) -> Answer:
	return await request(HTTPClient.METHOD_PUT, "/v1/connection/clip-length", change)


func request(method: HTTPClient.Method, path: String, body: Dictionary = {}) -> Answer:
	if _info.is_empty() or not is_inside_tree():
		return _failure(Words.translated("Kinetix is not connected."), cure)
	var sends := method != HTTPClient.METHOD_GET and method != HTTPClient.METHOD_DELETE
	var text := JSON.stringify(body) if sends else ""
	var exchange := Exchange.new()
	if not await exchange.run(get_tree(), _info, method, path, text):
		return _failure(
			Words.translated("Kinetix does not answer."),
			Words.translated("Wait a moment; it restarts automatically.")
		)
	var found := _object(exchange.bytes.get_string_from_utf8())
	if exchange.code >= 400 and not found.has("error"):
		return _failure(
			Words.translated("Kinetix answered with an error (%d).") % exchange.code,
			Words.translated("Try again. If the error remains, restart Godot.")
		)
	return Answer.new(found)


static func _object(text: String) -> Dictionary:
	var json := JSON.new()
	return json.data if json.parse(text) == OK and json.data is Dictionary else {}


## Send a command and show its error. Return whether it succeeded.
func send(method: HTTPClient.Method, path: String, body: Dictionary = {}) -> bool:
	return not report_error(await request(method, path, body))


## Show the error of an answer, if there is one. Return whether there is.
func report_error(answer: Answer) -> bool:
	if answer.error:
		noticed.emit("error", answer.error.title, answer.error.next_step)
	return answer.error != null


## Show a notice without a next step.
func inform(title: String) -> void:
	noticed.emit("info", title, "")


func retry() -> void:
	_drop()
	_started_at = -1.0
	_idle_frames = 0
	_wait = 0.0


func _failure(title: String, next_step: String) -> Answer:
	return Answer.new({"error": {"code": NO_ANSWER, "title": title, "nextStep": next_step}})


func _set_state(next: State, why: String, what_to_do := "") -> void:
	if next == state and why == reason and what_to_do == cure:
		return
	state = next
	reason = why
	cure = what_to_do
	state_changed.emit()


func _read_info() -> bool:
	var path := Program.home().path_join("hub/hub.json")
	if not FileAccess.file_exists(path):
		return false
	_info = _object(FileAccess.get_file_as_string(path))
	return int(str(_info.get("port", 0))) > 0


func _start_hub() -> void:
	var now := Time.get_ticks_msec() / 1000.0
	if _started_at >= 0.0 and now - _started_at < START_WAIT_S:
		return
	var program := Program.find()
	if not starts_hub:
		var what := ""  # after the removal
		if OS.get_environment("KINETIX_NO_START"):
			what = Words.translated("KINETIX_NO_START prevents Godot from starting it.")
		_set_state(State.SEARCHING, Words.translated("Kinetix is not running."), what)
	elif program.is_empty():
		var what := Words.translated(NO_PROGRAM_CURE) % Program.SETTING
		_set_state(State.NO_PROGRAM, Words.translated("The program “kinetix” was not found."), what)
	else:
		if _started_at < 0.0:
			_set_state(State.STARTING, Words.translated("Starting Kinetix."))
		else:
			var what := Words.translated("Press “What is wrong?” to find the cause.")
			_set_state(
				State.STARTING, Words.translated("Kinetix did not start; trying again."), what
			)
		_started_at = now
		_starter = OS.create_process(program, ["hub", "start"])


func _connect() -> void:
	if int(str(_info.get("protocol", 0))) > PROTOCOL:
		var why := Words.translated("The running Kinetix is newer than this add-on.")
		var what := Words.translated("Update the Kinetix Emotes add-on in this project.")
		_set_state(State.REFUSED, why, what)
		return
	_asking = true
	if state == State.SEARCHING and not _was_requested:
		_set_state(State.CONNECTING, Words.translated("Connecting to Kinetix."))
	_was_requested = true
	var answer := await request(HTTPClient.METHOD_GET, "/v1/snapshot")
	_asking = false
	if not is_inside_tree():
		return
	if answer.error:
		_info = {}
		if answer.error.code == NO_ANSWER:
			_start_hub()
		else:
			_set_state(State.REFUSED, answer.error.title, answer.error.next_step)
		return
	_take_snapshot(Types.Snapshot.new(answer.json))
	_socket = WebSocketPeer.new()
	_socket.inbound_buffer_size = MAX_MESSAGE
	# The server is unproved: the header holds a proof instead of the token, the first message must prove the server.
	_nonce = Exchange.new_nonce()
	var allowed := "Authorization: Proof %s:%s" % [_nonce, Exchange.proof(_info, "events", _nonce)]
	_socket.handshake_headers = PackedStringArray([allowed])
	var query := "start=%s&since=%d&nonce=%s" % [_start_id.uri_encode(), _seq, _nonce]
	var place := "ws://127.0.0.1:%d/v1/events/ws?%s" % [int(str(_info.get("port", 0))), query]
	if _socket.connect_to_url(place) != OK:
		_drop()


func _poll() -> void:
	_socket.poll()
	match _socket.get_ready_state():
		WebSocketPeer.STATE_OPEN:
			while _socket and _socket.get_available_packet_count() > 0:
				var text := _socket.get_packet().get_string_from_utf8()
				if _nonce.is_empty():
					_take_message(text)
				elif Exchange.is_proof(_info, _nonce, text):
					_nonce = ""
					_started_at = -1.0
					_set_state(State.READY, Words.translated("Connected."))
				else:
					_drop()
					var why := Words.translated(
						"Another program answers at the address of Kinetix."
					)
					_set_state(State.CONNECTING, why)
		WebSocketPeer.STATE_CLOSED:
			_drop()
			var why := Words.translated("The connection to Kinetix was lost; connecting again.")
			if _nonce.is_empty():
				_set_state(State.CONNECTING, why)
				return
			# Refused: a peer does not report the answer's status.
			why = Words.translated("Kinetix refused the connection; retrying.")
			var what := Words.translated("Close editors that you do not use, or restart Kinetix.")
			_set_state(State.REFUSED, why, what)
			_wait = REFUSED_WAIT_S


func _drop() -> void:
	if _socket:
		_socket.close()
	_socket = null
	_wait = 0.2


func _take_snapshot(snapshot: Types.Snapshot) -> void:
	_start_id = snapshot.start_id
	_seq = snapshot.seq
	jobs.clear()
	for job: Types.Job in snapshot.jobs:
		jobs[job.id] = job
	emotes.clear()
	for each: Types.Emote in snapshot.emotes:
		emotes[each.id] = each
	targets.clear()
	if snapshot.services.has("godot"):
		for target: Types.SyncTarget in snapshot.services["godot"].targets:
			targets[target.id] = target
	connection = snapshot.connection
	for part: Signal in [connection_changed, jobs_changed, emotes_changed, targets_changed]:
		part.emit()


func _take_message(text: String) -> void:
	var page := _object(text)
	if page.get("reset") == true:
		# The hub keeps fewer events than were missed: continue with a new snapshot.
		_drop()
		_wait = 0.0
		_set_state(State.CONNECTING, Words.translated("Connecting to Kinetix."))
		return
	for event: Dictionary in page.get("events", []):
		_seq = maxi(_seq, int(str(event.get("seq", 0))))
		if event.get("data") is Dictionary:
			_take_event(str(event.get("type")), event["data"])


func _take_event(type: String, data: Dictionary) -> void:
	var id := str(data.get("id", ""))
	match type:
		"job.changed":
			jobs[id] = Types.Job.new(data)
			jobs_changed.emit()
		"job.removed":
			jobs.erase(id)
			jobs_changed.emit()
		"emote.changed":
			emotes[id] = Types.Emote.new(data)
			emotes_changed.emit()
		"emote.removed":
			emotes.erase(id)
			emotes_changed.emit()
		"sync.changed":
			var target := Types.SyncTargetChange.new(data)
			targets[id] = target
			targets_changed.emit()
			if not target.changed.is_empty() or not target.removed.is_empty():
				files_changed.emit(target)
		"sync.removed":
			targets.erase(id)
			targets_changed.emit()
		"connection.changed":
			connection = Types.Connection.new(data)
			connection_changed.emit()
		"notice":
			var notice := Types.Notice.new(data)
			noticed.emit(notice.level, notice.title, notice.next_step)


static func project() -> String:
	return ProjectSettings.globalize_path("res://").trim_suffix("/")


## Returns an emote of the library by its id, or one of a watched folder by its path in the project.
func emote(id: String) -> Types.Emote:
	if not id.begins_with("res://"):
		return emotes.get(id, Types.Emote.new({}))
	var files := {"glb": ProjectSettings.globalize_path(id)}
	return Types.Emote.new({"id": id, "name": id.get_file().get_basename(), "files": files})


## Return the id of the captured emote that this one is a version of.
func captured_id(id: String) -> String:
	var is_version := emotes.has(id) and not emotes[id].version_of.is_empty()
	return emotes[id].version_of if is_version else id


## Return whether an emote has no version that is used instead.
func is_current(id: String) -> bool:
	return not superseded().has(id)


## Return the ids of the versions that are not current.
func superseded() -> Dictionary[String, bool]:
	var current: Dictionary[String, String] = {}
	var found: Dictionary[String, bool] = {}
	for id: String in emotes:
		var captured := captured_id(id)
		var known: String = current.get(captured, id)
		var is_later := emotes[id].current_since > emotes[known].current_since
		current[captured] = id if is_later else known
		if known != id:
			found[known if is_later else id] = true
	return found


func folders() -> PackedStringArray:
	var found := PackedStringArray()
	for target: Types.SyncTarget in own_targets():
		found.append(target.folder)
	return found


func own_targets() -> Array[Types.SyncTarget]:
	var found: Array[Types.SyncTarget] = []
	for target: Types.SyncTarget in targets.values():
		if is_own(target):
			found.append(target)
	return found


static func is_own(target: Types.SyncTarget) -> bool:
	return target.project.trim_suffix("/") == project()

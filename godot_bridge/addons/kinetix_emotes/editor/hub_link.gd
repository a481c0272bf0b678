@tool
extends Node
## Finds the hub, mirrors its state, sends it commands. It never waits: all is a state, a signal or a coroutine.

## The state or its reason changed.
signal state_changed
## Any part of the mirrored state changed; [param part] is `jobs`, `emotes`, `targets` or `connection`.
signal changed(part: StringName)
## The hub says something to the person.
signal noticed(level: String, title: String, next_step: String)
## Files of the project were written or removed by the sync.
signal files_changed(target: Dictionary, written: PackedStringArray, removed: PackedStringArray)

enum State { SEARCHING, STARTING, CONNECTING, READY, NO_PROGRAM, REFUSED }

const Exchange := preload("hub_exchange.gd")
const Words := preload("words.gd")
const RETRY_S := 1.0
const START_WAIT_S := 20.0
## Frames after the editor's first scan before a hub is looked for. `godot --import` ends there; it looks like an editor
## in every other way and must start nothing.
const SETTLE_FRAMES := 20
const PROTOCOL := 1
const SETTING := "kinetix/hub_command"
const NO_PROGRAM_CURE := (
	"Unpack the complete add-on for this system into the project, "
	+ "or set “%s” in the editor settings."
)
## Where the complete add-on carries the hub.
const OWN_HUB := "res://addons/kinetix_emotes/hub"
const MAX_MESSAGE := 16 << 20
## Seconds of a clip that become an emote: at first, as in the Kinetix cloud, and where this machine is told to take others.
const LEAST_CLIP_S := 1.0
const MOST_CLIP_S := 10.0
const SHORTEST_CLIP_S := 0.3
const LONGEST_CLIP_S := 60.0

## Where the connection stands.
var state := State.SEARCHING
## Why, for a person.
var reason := Words.translated("Looking for Kinetix.")
## What the person can do; empty when nothing is needed.
var cure := ""
## id → Job of the hub protocol.
var jobs: Dictionary[String, Dictionary] = {}
## id → Emote of the hub protocol.
var emotes: Dictionary[String, Dictionary] = {}
## id → SyncTarget of the hub protocol.
var targets: Dictionary[String, Dictionary] = {}
## The hub's connection to the service that makes emotes.
var connection: Dictionary = {}
## False keeps the link from starting a hub by itself.
var starts_hub := true

var _settling := SETTLE_FRAMES
var _socket: WebSocketPeer
var _info: Dictionary = {}
var _nonce := ""
var _start_id := ""
var _seq := 0
var _wait := 0.0
var _started_at := -1.0
var _starter := 0
var _asking := false
var _was_asked := false
var _seen_protocol := 0


func _ready() -> void:
	starts_hub = OS.get_environment("KINETIX_NO_START").is_empty()


func _process(delta: float) -> void:
	if _starter > 0 and not OS.is_process_running(_starter):
		_starter = 0  # asking is what lets the system forget a process that has ended
	if _socket:
		_poll()
		return
	if _settling > 0:
		var is_scanning := EditorInterface.get_resource_filesystem().is_scanning()
		_settling = SETTLE_FRAMES if is_scanning else _settling - 1
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


## How few seconds of a clip may become one emote; those of the cloud while the hub has not said.
func shortest_clip_s() -> float:
	return float(str(connection.get("minSeconds", LEAST_CLIP_S)))


## How many seconds of a clip may become one emote; those of the cloud while the hub has not said.
func longest_clip_s() -> float:
	return float(str(connection.get("maxSeconds", MOST_CLIP_S)))


## Tells this machine how long a clip may be: `minSeconds`, `maxSeconds` or both. Gives the hub's answer.
func set_clip_length(change: Dictionary) -> Dictionary:
	return await request(HTTPClient.METHOD_PUT, "/v1/connection/clip-length", change)


## Sends a command. Returns the answer, or a dictionary with `error` in the form of the hub protocol.
func request(method: HTTPClient.Method, path: String, body: Dictionary = {}) -> Dictionary:
	if _info.is_empty() or not is_inside_tree():
		return _failure(Words.translated("Kinetix is not connected."), cure)
	var sends := method != HTTPClient.METHOD_GET and method != HTTPClient.METHOD_DELETE
	var text := JSON.stringify(body) if sends else ""
	var answer := await Exchange.new().run(get_tree(), _info, method, path, text)
	if not answer.get("ok"):
		return _failure(
			Words.translated("Kinetix does not answer."),
			Words.translated("It is started again by itself; wait a moment.")
		)
	var code: int = answer["code"]
	var bytes: PackedByteArray = answer["bytes"]
	var json := JSON.new()
	var is_json := json.parse(bytes.get_string_from_utf8()) == OK
	var found: Variant = json.data if is_json else null
	if code >= 400:
		if found is Dictionary and (found as Dictionary).has("error"):
			return found
		return _failure(
			Words.translated("Kinetix answered with an error (%d).") % code,
			Words.translated("Try it again; if it stays so, close Godot and open it again.")
		)
	if found is Dictionary:
		return found
	return {"items": found if found is Array else []}


## The folder of this user's hub, the same rule as in docs/hub-protocol.md.
static func home() -> String:
	var given := OS.get_environment("KINETIX_HOME")
	if not given.is_empty():
		return given
	match OS.get_name():
		"Windows":
			return OS.get_environment("LOCALAPPDATA").path_join("kinetix-bridge")
		"macOS":
			var place := "Library/Application Support/kinetix-bridge"
			return OS.get_environment("HOME").path_join(place)
	var data := OS.get_environment("XDG_DATA_HOME")
	if not data.begins_with("/"):
		data = OS.get_environment("HOME").path_join(".local/share")
	return data.path_join("kinetix-bridge")


## The `kinetix` program: editor setting, environment, the one in the complete add-on, then the usual places. Empty when it
## is not there.
static func find_program() -> String:
	var candidates := PackedStringArray()
	var settings := EditorInterface.get_editor_settings()
	if settings.has_setting(SETTING):
		candidates.append(str(settings.get_setting(SETTING)))
	candidates.append(OS.get_environment("KINETIX_COMMAND"))
	var program := file_of("kinetix")
	candidates.append(ProjectSettings.globalize_path(OWN_HUB).path_join(program))
	candidates.append_array(on_path("kinetix"))
	var user := OS.get_environment("USERPROFILE" if OS.get_name() == "Windows" else "HOME")
	candidates.append(user.path_join(".local/bin").path_join(program))
	for candidate: String in candidates:
		if candidate.is_absolute_path() and FileAccess.file_exists(candidate):
			_make_executable(candidate)
			return candidate
	return ""


## The file name of a program on this system.
static func file_of(program: String) -> String:
	return program + ".exe" if OS.get_name() == "Windows" else program


## Where a program would lie in the folders of the PATH.
static func on_path(program: String) -> PackedStringArray:
	var places := PackedStringArray()
	var separator := ";" if OS.get_name() == "Windows" else ":"
	for folder: String in OS.get_environment("PATH").split(separator, false):
		places.append(folder.path_join(file_of(program)))
	return places


## Not everything that unpacks a zip keeps the right to run a program.
static func _make_executable(program: String) -> void:
	var has := FileAccess.get_unix_permissions(program)
	var needs := FileAccess.UNIX_READ_OWNER | FileAccess.UNIX_EXECUTE_OWNER
	if OS.get_name() != "Windows" and has & needs != needs:
		FileAccess.set_unix_permissions(program, has | needs)


## Tells the person what is wrong where an answer of [method request] says so. Returns whether it does.
func tell_error(answer: Dictionary) -> bool:
	if not answer.get("error") is Dictionary:
		return false
	var error: Dictionary = answer["error"]
	noticed.emit("error", Words.said(error, "title"), Words.said(error, "nextStep"))
	return true


## Starts looking at once, after the person has done something about it.
func retry() -> void:
	_drop()
	_started_at = -1.0
	_settling = 0
	_wait = 0.0


func _failure(title: String, next_step: String) -> Dictionary:
	var error := {"code": "hub", "title": title, "detail": "", "nextStep": next_step}
	return {"error": error}


func _set_state(next: State, why: String, what_to_do := "") -> void:
	if next == state and why == reason and what_to_do == cure:
		return
	state = next
	reason = why
	cure = what_to_do
	state_changed.emit()


func _read_info() -> bool:
	var path := home().path_join("hub/hub.json")
	if not FileAccess.file_exists(path):
		return false
	var json := JSON.new()
	if json.parse(FileAccess.get_file_as_string(path)) != OK or not json.data is Dictionary:
		return false
	_info = json.data
	_seen_protocol = int(str(_info.get("protocol", 0)))
	return int(str(_info.get("port", 0))) > 0


func _start_hub() -> void:
	var now := Time.get_ticks_msec() / 1000.0
	if _started_at >= 0.0 and now - _started_at < START_WAIT_S:
		return
	var program := find_program()
	if not starts_hub:
		_set_state(
			State.SEARCHING,
			Words.translated("Kinetix is not running."),
			(
				Words.translated("KINETIX_NO_START keeps Godot from starting it.")
				if OS.get_environment("KINETIX_NO_START")
				else ""
			)  # it was removed
		)
	elif program.is_empty():
		var what := Words.translated(NO_PROGRAM_CURE) % SETTING
		_set_state(State.NO_PROGRAM, Words.translated("The program “kinetix” was not found."), what)
	elif _started_at >= 0.0:
		_started_at = now
		_starter = OS.create_process(program, ["hub", "start"])
		var what := Words.translated("“What is wrong?” looks for the reason and says what helps.")
		_set_state(State.STARTING, Words.translated("Kinetix did not start; trying again."), what)
	else:
		_started_at = now
		_starter = OS.create_process(program, ["hub", "start"])
		_set_state(State.STARTING, Words.translated("Starting Kinetix."))


func _connect() -> void:
	if _seen_protocol > PROTOCOL:
		var what := Words.translated("Update the Kinetix Emotes add-on in this project.")
		_set_state(
			State.REFUSED,
			Words.translated("The Kinetix that runs is newer than this add-on."),
			what
		)
		return
	_asking = true
	if state == State.SEARCHING and not _was_asked:
		_set_state(State.CONNECTING, Words.translated("Connecting to Kinetix."))
	_was_asked = true
	var snapshot := await request(HTTPClient.METHOD_GET, "/v1/snapshot")
	_asking = false
	if not is_inside_tree():
		return
	if snapshot.get("error") is Dictionary:
		_info = {}
		var error: Dictionary = snapshot["error"]
		if str(error.get("code")) == "hub":
			_start_hub()
		else:
			_set_state(State.REFUSED, Words.said(error, "title"), Words.said(error, "nextStep"))
		return
	_take_snapshot(snapshot)
	_socket = WebSocketPeer.new()
	_socket.inbound_buffer_size = MAX_MESSAGE
	# A web socket cannot ask who is there before it sends its head. So that head has a proof instead of the token, and
	# nothing is believed before the first message has proved the other side.
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
					_set_state(
						State.CONNECTING,
						Words.translated("Another program answers in place of Kinetix.")
					)
		WebSocketPeer.STATE_CLOSED:
			_drop()
			_set_state(
				State.CONNECTING,
				Words.translated("The connection to Kinetix was lost; connecting again.")
			)


func _drop() -> void:
	if _socket:
		_socket.close()
	_socket = null
	_wait = 0.2


func _take_snapshot(snapshot: Dictionary) -> void:
	_start_id = str(snapshot.get("startId", ""))
	_seq = int(str(snapshot.get("seq", 0)))
	jobs = _by_id(snapshot.get("jobs", []))
	emotes = _by_id(snapshot.get("emotes", []))
	var services: Dictionary = snapshot.get("services", {})
	var godot: Dictionary = services.get("godot", {})
	targets = _by_id(godot.get("targets", []))
	connection = snapshot.get("connection", {})
	for part: StringName in [&"connection", &"jobs", &"emotes", &"targets"]:
		changed.emit(part)


static func _by_id(rows: Array) -> Dictionary[String, Dictionary]:
	var found: Dictionary[String, Dictionary] = {}
	for row: Dictionary in rows:
		found[str(row.get("id"))] = row
	return found


func _take_message(text: String) -> void:
	var json := JSON.new()
	if json.parse(text) != OK or not json.data is Dictionary:
		return
	var message: Dictionary = json.data
	if bool(message.get("reset", false)):
		# More was told than the hub keeps. Nothing of it comes any more, as after a time without a connection.
		_drop()
		_wait = 0.0
		_set_state(State.CONNECTING, Words.translated("Connecting to Kinetix."))
		return
	for event: Dictionary in message.get("events", []):
		_seq = maxi(_seq, int(str(event.get("seq", 0))))
		_take_event(str(event.get("type")), event.get("data"))


func _take_event(type: String, data: Variant) -> void:
	if not data is Dictionary:
		return
	var row: Dictionary = data
	var id := str(row.get("id", ""))
	match type:
		"job.changed":
			jobs[id] = row
			changed.emit(&"jobs")
		"job.removed":
			jobs.erase(id)
			changed.emit(&"jobs")
		"emote.changed":
			emotes[id] = row
			changed.emit(&"emotes")
		"emote.removed":
			emotes.erase(id)
			changed.emit(&"emotes")
		"sync.changed":
			targets[id] = row
			changed.emit(&"targets")
			var written := PackedStringArray(row.get("changed", []) as Array)
			var removed := PackedStringArray(row.get("removed", []) as Array)
			if not written.is_empty() or not removed.is_empty():
				files_changed.emit(row, written, removed)
		"sync.removed":
			targets.erase(id)
			changed.emit(&"targets")
		"connection.changed":
			connection = row
			changed.emit(&"connection")
		"notice":
			noticed.emit(
				str(row.get("level")), Words.said(row, "title"), Words.said(row, "nextStep")
			)


## The folder of the project that is open here.
static func project() -> String:
	return ProjectSettings.globalize_path("res://").trim_suffix("/")


## An emote of the library by its id, or one of a watched folder by its path in the project.
func emote(id: String) -> Dictionary:
	if not id.begins_with("res://"):
		return emotes.get(id, {})
	var files := {"glb": ProjectSettings.globalize_path(id)}
	return {"id": id, "name": id.get_file().get_basename(), "files": files}


## The folders of this project that emotes come into.
func folders() -> PackedStringArray:
	var found := PackedStringArray()
	for target: Dictionary in own_targets():
		found.append(str(target.get("folder", "emotes")))
	return found


## The sync targets of the project that is open here.
func own_targets() -> Array[Dictionary]:
	var found: Array[Dictionary] = []
	for target: Dictionary in targets.values():
		if str(target.get("project", "")).trim_suffix("/") == project():
			found.append(target)
	return found

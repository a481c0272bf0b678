extends Node
## Downloads an emote, Kinanim in pieces by HTTP Range; a broken download is resumed.

## Its length is known; the clip grows from now on, but is left alone while [method is_reading].
signal began(clip: EmoteClip)
signal finished
signal failed(reason: String)

const FIRST_PIECE := 16384
const PIECE := 65536
const LARGEST := EmoteReading.LARGEST
const TRIES := 4
const ADDRESS := "^https?://([^/?#\\s@:\\[\\]]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?([/?#]\\S*)?$"

## Seconds before a broken download is taken up again; twice as long each further time.
static var first_wait_s := 0.25

## Bytes that have come so far.
var received := 0

var _http: HTTPRequest
var _url := ""
var _budget := EmoteReading.Budget.new()
var _reader: KinanimReader
var _reading: EmoteReading
var _piece := FIRST_PIECE
var _tries := 0
var _has_begun := false
var _is_end := false


## Starts the download of [param url]. [param extension] is `glb` or `kinanim`.
func start(url: String, extension: String) -> void:
	_url = url
	if RegEx.create_from_string(ADDRESS).search(url) == null:
		failed.emit(
			"This is not an address: %s; give one that begins with http:// or https://." % url
		)
		return
	_http = HTTPRequest.new()
	_http.body_size_limit = LARGEST
	_http.timeout = 30.0
	_http.request_completed.connect(_on_completed)
	add_child(_http)
	if extension == "kinanim":
		_reader = KinanimReader.new(_budget)
	_ask()


## Ends it. Nothing more is emitted, also of an answer that comes within this frame.
func give_up() -> void:
	if _http:
		_http.request_completed.disconnect(_on_completed)
	if _reading:
		_reading.cancel()
	queue_free()


## True while another thread works on the clip.
func is_reading() -> bool:
	return _reading != null


func _notification(what: int) -> void:
	if what == NOTIFICATION_PREDELETE and _reading:
		_reading.cancel()


func _read() -> void:
	_reading = EmoteReading.new(_budget)
	_reading.done.connect(_on_read)


func _ask() -> void:
	var headers := PackedStringArray()
	if _reader:
		var last := received + _piece - 1
		if _reader.total_size > 0:
			last = mini(last, _reader.total_size - 1)
		headers.append("Range: bytes=%d-%d" % [received, last])
	if _http.request(_url, headers) != OK:
		failed.emit("The address cannot be used: %s; ask for a new one." % _url)


func _on_completed(
	result: int, code: int, headers: PackedStringArray, body: PackedByteArray
) -> void:
	if result != HTTPRequest.RESULT_SUCCESS or code >= 500:
		_try_again(result, code)
	elif code != 200 and code != 206:
		failed.emit("The host does not give the emote (%d); ask for a new address." % code)
	elif not _reader:
		received = body.size()
		_read()
		_reading.read_glb(body)
	elif code == 206 and _first_byte(headers) != received:
		failed.emit("The host sent another part of the file than it was asked for; load it again.")
	else:
		# A host that does not know ranges sends everything again.
		var fresh := body.slice(received) if code == 200 else body
		received += fresh.size()
		_tries = 0
		_piece = PIECE
		_is_end = fresh.is_empty()
		_read()
		_reading.feed(_reader, fresh)


func _try_again(result: int, code: int) -> void:
	var is_lasting := result == HTTPRequest.RESULT_BODY_SIZE_LIMIT_EXCEEDED
	_tries += 1
	if is_lasting or _tries >= TRIES:
		failed.emit("The download failed: %s; try again." % _reason(result, code))
		return
	var wait := first_wait_s * (1 << (_tries - 1))
	get_tree().create_timer(wait, true, false, true).timeout.connect(_ask)


static func _reason(result: int, code: int) -> String:
	match result:
		HTTPRequest.RESULT_SUCCESS:
			return "the host has a fault (%d)" % code
		HTTPRequest.RESULT_CANT_RESOLVE, HTTPRequest.RESULT_CANT_CONNECT:
			return "there is no connection to the host"
		HTTPRequest.RESULT_TLS_HANDSHAKE_ERROR:
			return "the host's certificate is not trusted"
		HTTPRequest.RESULT_BODY_SIZE_LIMIT_EXCEEDED:
			return "the file is larger than an emote can be"
		HTTPRequest.RESULT_TIMEOUT:
			return "the host does not answer"
	return "the connection was cut"


func _on_read() -> void:
	var was := _reading
	_reading = null
	if _reader:
		_go_on()
	elif was.clip:
		began.emit(was.clip)
		finished.emit()
	else:
		failed.emit(was.problem)


func _go_on() -> void:
	if not _reader.problem.is_empty():
		failed.emit(_reader.problem)
		return
	if _reader.clip and not _has_begun:
		_has_begun = true
		began.emit(_reader.clip)
	if _reader.is_complete():
		finished.emit()
	elif _is_end:
		failed.emit(KinanimReader.CUT_OFF)
	else:
		_ask()


# The place in the file where an answer begins, by its Content-Range; the requested place without one.
func _first_byte(headers: PackedStringArray) -> int:
	for header: String in headers:
		if header.to_lower().begins_with("content-range:"):
			return header.get_slice(":", 1).get_slice("-", 0).to_int()
	return received

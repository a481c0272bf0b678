class_name EmoteStream
extends Node
## Downloads an emote. Kinanim comes in pieces by HTTP Range and can be played after the first ones.

## Enough frames are there to start, or all of them.
signal ready_to_play(clip: EmoteClip)
## More frames have come.
signal grew(clip: EmoteClip)
## Everything is there.
signal finished(clip: EmoteClip)
## It cannot be loaded.
signal failed(reason: String)

const FIRST_PIECE := 16384
const PIECE := 65536
const START_FRAMES := 60
const LARGEST := 64 << 20

## Bytes that have come so far.
var received := 0

var _http: HTTPRequest
var _url := ""
var _reader: KinanimReader
var _is_ready := false


## Starts the download of [param url]. [param extension] is `glb` or `kinanim`.
func start(url: String, extension: String) -> void:
	_url = url
	_http = HTTPRequest.new()
	_http.body_size_limit = LARGEST
	_http.timeout = 30.0
	_http.request_completed.connect(_on_completed)
	add_child(_http)
	if extension == "kinanim":
		_reader = KinanimReader.new()
		_ask(FIRST_PIECE)
	elif _http.request(url) != OK:
		failed.emit("The address cannot be used: %s" % url)


func _ask(size: int) -> void:
	var last := received + size - 1
	if _reader.total_size > 0:
		last = mini(last, _reader.total_size - 1)
	var headers := PackedStringArray(["Range: bytes=%d-%d" % [received, last]])
	if _http.request(_url, headers) != OK:
		failed.emit("The address cannot be used: %s" % _url)


func _on_completed(
	result: int, code: int, _headers: PackedStringArray, body: PackedByteArray
) -> void:
	if result != HTTPRequest.RESULT_SUCCESS or (code != 200 and code != 206):
		failed.emit("The download failed (%d)." % (code if code > 0 else result))
		return
	if not _reader:
		var problems := PackedStringArray()
		var clip := EmoteClip.from_glb(body, problems)
		received = body.size()
		if clip:
			ready_to_play.emit(clip)
			finished.emit(clip)
		else:
			failed.emit(problems[0])
		return
	if code == 200 and received > 0:
		# The host forgot what a range is: it sent everything again.
		body = body.slice(received)
	received += body.size()
	_reader.feed(body)
	_go_on(body.is_empty())


func _go_on(is_end: bool) -> void:
	if not _reader.problem.is_empty():
		failed.emit(_reader.problem)
		return
	var clip := _reader.clip
	var is_complete := _reader.is_complete()
	if clip and not _is_ready and (is_complete or clip.available >= START_FRAMES):
		_is_ready = true
		ready_to_play.emit(clip)
	elif clip and _is_ready:
		grew.emit(clip)
	if is_complete:
		finished.emit(clip)
	elif is_end:
		failed.emit("The Kinanim file is cut off.")
	else:
		_ask(PIECE)

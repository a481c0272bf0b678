@tool
extends RefCounted
## One request to the hub and its answer, over a connection whose other end has first proved that it is the hub of
## `hub.json`: a hub that died leaves its port to any program of this machine, and that one must not get the token.

const LIMIT_S := 30.0
const PROOF_LIMIT := 8192
const ANSWER_LIMIT := 64 << 20
## How long one frame may wait for an answer that is on its way.
const SLICE_US := 1500

var _client := HTTPClient.new()
var _tree: SceneTree
var _end_ms := 0


## `answer` fields: `ok` (an answer came), `code`, `bytes`.
func run(
	tree: SceneTree, info: Dictionary, method: HTTPClient.Method, path: String, text: String
) -> Dictionary:
	_tree = tree
	_end_ms = Time.get_ticks_msec() + int(LIMIT_S * 1000.0)
	var found := await _run(info, method, path, text)
	_client.close()
	return found


func _run(info: Dictionary, method: HTTPClient.Method, path: String, text: String) -> Dictionary:
	if _client.connect_to_host("127.0.0.1", int(str(info.get("port", 0)))) != OK:
		return {"ok": false}
	var waits := [HTTPClient.STATUS_RESOLVING, HTTPClient.STATUS_CONNECTING]
	if not await _while(waits, HTTPClient.STATUS_CONNECTED):
		return {"ok": false}
	var nonce := new_nonce()
	var who := await _ask(HTTPClient.METHOD_GET, "/v1/identity?nonce=" + nonce, [], "", PROOF_LIMIT)
	if not who.get("ok") or who.get("code") != 200:
		return {"ok": false}
	var bytes: PackedByteArray = who["bytes"]
	if not is_proof(info, nonce, bytes.get_string_from_utf8()):
		return {"ok": false}
	var headers := ["Authorization: Bearer " + str(info.get("token", ""))]
	headers.append("Content-Type: application/json")
	return await _ask(method, path, headers, text, ANSWER_LIMIT)


func _ask(
	method: HTTPClient.Method, path: String, headers: Array, text: String, limit: int
) -> Dictionary:
	if _client.request(method, path, PackedStringArray(headers), text) != OK:
		return {"ok": false}
	if not await _while([HTTPClient.STATUS_REQUESTING], HTTPClient.STATUS_BODY):
		if not _client.has_response() or _client.get_status() != HTTPClient.STATUS_CONNECTED:
			return {"ok": false}
		return {"ok": true, "code": _client.get_response_code(), "bytes": PackedByteArray()}
	var code := _client.get_response_code()
	var bytes := PackedByteArray()
	var slice := Time.get_ticks_usec()
	while _client.get_status() == HTTPClient.STATUS_BODY:
		_client.poll()
		var piece := _client.read_response_body_chunk()
		bytes.append_array(piece)
		if bytes.size() > limit or Time.get_ticks_msec() > _end_ms:
			return {"ok": false}
		if piece.is_empty() and Time.get_ticks_usec() - slice > SLICE_US:
			await _tree.process_frame
			slice = Time.get_ticks_usec()
	var ended := [HTTPClient.STATUS_CONNECTED, HTTPClient.STATUS_DISCONNECTED]
	return {"ok": _client.get_status() in ended, "code": code, "bytes": bytes}


## Polls while the connection is in one of these states; true when `wanted` comes after them.
func _while(states: Array, wanted: HTTPClient.Status) -> bool:
	var slice := Time.get_ticks_usec()
	_client.poll()
	while _client.get_status() in states:
		if Time.get_ticks_msec() > _end_ms:
			return false
		if Time.get_ticks_usec() - slice > SLICE_US:
			await _tree.process_frame
			slice = Time.get_ticks_usec()
		_client.poll()
	return _client.get_status() == wanted


## A random number that is used once.
static func new_nonce() -> String:
	return Crypto.new().generate_random_bytes(32).hex_encode()


## Whether this answer to the nonce can only come from the hub of `info`.
static func is_proof(info: Dictionary, nonce: String, answer: String) -> bool:
	var json := JSON.new()
	if json.parse(answer) != OK or not json.data is Dictionary:
		return false
	var given := str((json.data as Dictionary).get("proof", ""))
	return given == proof(info, "identity", nonce)


## The same rule as in docs/hub-protocol.md.
static func proof(info: Dictionary, purpose: String, nonce: String) -> String:
	var key := str(info.get("token", "")).to_utf8_buffer()
	var text := "kinetix-%s:%s:%s" % [purpose, str(info.get("startId", "")), nonce]
	var digest := Crypto.new().hmac_digest(HashingContext.HASH_SHA256, key, text.to_utf8_buffer())
	return digest.hex_encode()

@tool
extends RefCounted
## One request to the hub and its answer.
##
## The server must first prove that it is the hub: another program on its port must not get the token.

const LIMIT_S := 30.0
const PROOF_LIMIT := 8192
const ANSWER_LIMIT := 64 << 20
## Longest wait for an answer within one frame, microseconds.
const SLICE_US := 1500

## Status and body of the answer, after [method run] returned true.
var code := 0
var bytes := PackedByteArray()

var _client := HTTPClient.new()
var _tree: SceneTree
var _end_ms := 0


func run(
	tree: SceneTree, info: Dictionary, method: HTTPClient.Method, path: String, text: String
) -> bool:
	_tree = tree
	_end_ms = Time.get_ticks_msec() + int(LIMIT_S * 1000.0)
	var is_answered := await _run(info, method, path, text)
	_client.close()
	return is_answered


func _run(info: Dictionary, method: HTTPClient.Method, path: String, text: String) -> bool:
	if _client.connect_to_host("127.0.0.1", int(str(info.get("port", 0)))) != OK:
		return false
	var waits := [HTTPClient.STATUS_RESOLVING, HTTPClient.STATUS_CONNECTING]
	if not await _while(waits, HTTPClient.STATUS_CONNECTED):
		return false
	var nonce := new_nonce()
	var identity := "/v1/identity?nonce=" + nonce
	if not await _ask(HTTPClient.METHOD_GET, identity, [], "", PROOF_LIMIT) or code != 200:
		return false
	if not is_proof(info, nonce, bytes.get_string_from_utf8()):
		return false
	var headers := ["Authorization: Bearer " + str(info.get("token", ""))]
	headers.append("Content-Type: application/json")
	return await _ask(method, path, headers, text, ANSWER_LIMIT)


func _ask(
	method: HTTPClient.Method, path: String, headers: Array, text: String, limit: int
) -> bool:
	bytes = PackedByteArray()
	if _client.request(method, path, PackedStringArray(headers), text) != OK:
		return false
	var has_body := await _while([HTTPClient.STATUS_REQUESTING], HTTPClient.STATUS_BODY)
	code = _client.get_response_code()
	if not has_body:
		return _client.has_response() and _client.get_status() == HTTPClient.STATUS_CONNECTED
	var slice := Time.get_ticks_usec()
	while _client.get_status() == HTTPClient.STATUS_BODY:
		_client.poll()
		var piece := _client.read_response_body_chunk()
		bytes.append_array(piece)
		if bytes.size() > limit or Time.get_ticks_msec() > _end_ms:
			return false
		if piece.is_empty() and Time.get_ticks_usec() - slice > SLICE_US:
			await _tree.process_frame
			slice = Time.get_ticks_usec()
	return _client.get_status() in [HTTPClient.STATUS_CONNECTED, HTTPClient.STATUS_DISCONNECTED]


## Poll while the connection is in one of these states. Return whether `wanted` follows them.
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


static func new_nonce() -> String:
	return Crypto.new().generate_random_bytes(32).hex_encode()


static func is_proof(info: Dictionary, nonce: String, answer: String) -> bool:
	var json := JSON.new()
	if json.parse(answer) != OK or not json.data is Dictionary:
		return false
	var given := str((json.data as Dictionary).get("proof", ""))
	return given == proof(info, "identity", nonce)


## Return a proof of the token; see docs/hub-protocol.md.
static func proof(info: Dictionary, purpose: String, nonce: String) -> String:
	var key := str(info.get("token", "")).to_utf8_buffer()
	var text := "kinetix-%s:%s:%s" % [purpose, str(info.get("startId", "")), nonce]
	var digest := Crypto.new().hmac_digest(HashingContext.HASH_SHA256, key, text.to_utf8_buffer())
	return digest.hex_encode()

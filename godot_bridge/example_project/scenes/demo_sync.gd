extends Node
## A two-player example: the first instance hosts, the second one joins, the host's emotes show on both.
##
## Start it twice; from a terminal with [code]-- --host[/code] and [code]-- --join[/code].

const PORT := 24680

## Plays the emotes on every peer.
@export var sync: EmoteSync

var _peer := ENetMultiplayerPeer.new()


func _ready() -> void:
	var joins := "--join" in OS.get_cmdline_user_args()
	var port := PORT
	for argument: String in OS.get_cmdline_user_args():
		if argument.begins_with("--port="):
			port = int(argument.trim_prefix("--port="))
	var problem := OK
	if joins:
		problem = _peer.create_client("127.0.0.1", port)
	else:
		_peer.set_bind_ip("127.0.0.1")
		problem = _peer.create_server(port, 4)
	if problem != OK:
		push_warning("No connection: %s. Is port %d free?" % [error_string(problem), port])
		return
	multiplayer.multiplayer_peer = _peer


func _unhandled_key_input(event: InputEvent) -> void:
	var key := event as InputEventKey
	if key and key.pressed and not key.echo:
		match key.keycode:
			KEY_1:
				sync.play(&"wave")
			KEY_2:
				sync.play(&"bow")
			KEY_SPACE:
				sync.stop()


func _exit_tree() -> void:
	_peer.close()

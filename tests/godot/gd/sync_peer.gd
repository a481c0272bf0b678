extends Node
## One side of the two-player test: writes what its EmotePlayer does, one line a change. The joining side
## comes late, and builds the character later still, as a spawner does.

var _last := ""
var _scene: Node
var _sync: EmoteSync
var _player: EmotePlayer


func _ready() -> void:
	multiplayer.peer_connected.connect(func(peer: int) -> void: print("PEER %d" % peer))
	if "--host" in OS.get_cmdline_user_args():
		_build()
		_host()
		return
	# The scene's own Network node connects; the character under it is kept back for a while.
	_build(true)
	await multiplayer.connected_to_server
	print("JOINED")
	await get_tree().create_timer(0.5).timeout
	_add_character()


func _build(without_character := false) -> void:
	_scene = (load("res://scenes/emote_sync.tscn") as PackedScene).instantiate()
	var character := _scene.get_node("Character")
	_sync = character.get_node("EmoteSync")
	_player = character.get_node("EmotePlayer")
	if without_character:
		_scene.remove_child(character)
	add_child(_scene)
	_player.stop(true)


func _add_character() -> void:
	var character := _sync.get_parent()
	character.owner = null
	_scene.add_child(character)
	_player.stop(true)


func _process(_delta: float) -> void:
	if not _player or not _player.is_inside_tree():
		return
	var now := "%s %s" % [_player.current, _player.is_paused]
	if now != _last:
		_last = now
		var time := Time.get_unix_time_from_system()
		print("STATE %s at %.2f unix %.3f" % [now, _player.get_position(), time])


func _wait(seconds: float) -> void:
	await get_tree().create_timer(seconds).timeout


func _host() -> void:
	_player.loop = EmotePlayer.Loop.ALWAYS
	_sync.play(&"bow")
	var peer: int = await multiplayer.peer_connected
	await _wait(1.4)
	_sync.play(&"wave")
	await _wait(2.2)  # longer than the wave: it begins again on both sides
	_mark.rpc("LOOPED")
	_sync.set_paused(true)
	await _wait(0.4)
	_sync.set_paused(false)
	await _wait(0.3)
	_sync.seek(1.2)
	_sync.set_paused(true)
	await _wait(0.4)
	_sync.set_paused(false)
	_player.rate = 0.5  # not by way of the sync
	await _wait(1.4)
	_mark.rpc("SLOWER")
	_sync.stop()
	await _wait(0.5)
	_hand_over.rpc(peer)
	await _wait(1.5)
	_mark.rpc("OTHER WAY")
	await _wait(2.0)  # a lost packet is sent again
	get_tree().quit()


@rpc("call_local", "reliable")
func _mark(what: String) -> void:
	var now := [_player.current, _player.get_position(), _player.rate]
	print("MARK %s: %s at %.2f rate %.1f" % ([what] + now), " unix %.3f" % Time.get_unix_time_from_system())


@rpc("call_local", "reliable")
func _hand_over(peer: int) -> void:
	_sync.set_multiplayer_authority(peer)
	if peer != multiplayer.get_unique_id():
		return
	await _wait(0.2)
	_sync.play(&"walk")  # as it was set here, not as the host had it
	print("LOOPS %s" % _player.is_looping())

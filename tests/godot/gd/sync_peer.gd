extends Node
## One side of the two-player test: writes what its EmotePlayer does, one line a change. The joining side
## comes late, and builds the character later still, as a spawner does. The host goes on when the other side shows
## what it shows itself, so that neither a slow machine nor a bad line decides.

var _last := ""
var _shown := ""
var _from_peer := ""
var _marked_by_peer := ""
var _strays := 0
var _longest_frame := 0.0
var _frame_began := Time.get_unix_time_from_system()
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


func _process(delta: float) -> void:
	_longest_frame = maxf(_longest_frame, delta)
	_frame_began = Time.get_unix_time_from_system()
	if not _player or not _player.is_inside_tree():
		return
	var now := "%s %s" % [_player.current, _player.is_paused]
	if now != _last:
		_last = now
		print("STATE %s at %.2f" % [now, _player.get_position()])
	var shown := "%s rate %.1f loops %s" % [now, _player.rate, _player.is_looping()]
	if shown != _shown:
		_shown = shown
		if _is_connected() and not multiplayer.is_server():
			_tell.rpc_id(1, shown)


## Once the host has ended there is nobody to be told of the stop that follows from it.
func _is_connected() -> bool:
	var line := multiplayer.multiplayer_peer
	return line.get_connection_status() == MultiplayerPeer.CONNECTION_CONNECTED


@rpc("any_peer", "call_remote", "reliable")
func _tell(shown: String) -> void:
	_from_peer = shown


func _both(seconds: float) -> void:
	await _wait(seconds)
	while _from_peer != _shown:
		await get_tree().process_frame


func _wait(seconds: float) -> void:
	await get_tree().create_timer(seconds).timeout


func _host() -> void:
	_player.loop = EmotePlayer.Loop.ALWAYS
	_sync.play(&"bow")
	var peer: int = await multiplayer.peer_connected
	await _both(1.4)
	_count_frames.rpc()
	_sync.play(&"wave")
	await _both(2.2)  # longer than the wave: it begins again on both sides
	_mark.rpc("LOOPED")
	_stray.rpc_id(peer, &"bow")
	while _strays < 1:
		await get_tree().process_frame
	_stray.rpc_id(peer, &"wave")  # the same one, begun otherwise
	while _strays < 2:
		await get_tree().process_frame
	_sync.set_paused(true)
	await _both(0.4)
	_sync.set_paused(false)
	await _both(0.3)
	_sync.seek(1.2)
	_sync.set_paused(true)
	await _both(0.4)
	_sync.set_paused(false)
	_player.rate = 0.5  # not by way of the sync
	await _both(1.4)
	_mark.rpc("SLOWER")
	_player.loop = EmotePlayer.Loop.NEVER
	_sync.play(&"wave")  # the same one again, with another setting
	_sync.set_paused(true)
	await _both(0.2)
	print("AGAIN %s" % _shown)
	_sync.stop()
	await _both(0.5)
	_hand_over.rpc(peer)
	while _player.current != &"walk":
		await get_tree().process_frame
	await _both(1.0)
	_mark.rpc("OTHER WAY")
	while _marked_by_peer != "OTHER WAY":  # a lost packet is sent again
		await get_tree().process_frame
	get_tree().quit()


## Plays by itself what the host does not play so, until the host's emote is back.
@rpc("reliable")
func _stray(emote: StringName) -> void:
	_player.loop = EmotePlayer.Loop.NEVER
	_player.upper_body_only = true
	_player.play(emote)
	while _player.current != &"wave" or not _player.is_looping() or _player._begun_masked:
		await get_tree().process_frame
	_end_stray.rpc_id(1)


@rpc("any_peer", "reliable")
func _end_stray() -> void:
	_strays += 1


## From here on: those in which the scene is loaded are long.
@rpc("call_local", "reliable")
func _count_frames() -> void:
	_longest_frame = 0.0


@rpc("call_local", "reliable")
func _mark(what: String) -> void:
	var now := [_player.current, _player.get_position(), _player.rate]
	var time := Time.get_unix_time_from_system()
	print("MARK %s: %s at %.2f rate %.1f" % ([what] + now), " unix %.3f" % time)
	# A position is that of the frame's beginning.
	print("FRAME %.3f" % maxf(_longest_frame, time - _frame_began))
	if not multiplayer.is_server():
		_tell_marked.rpc_id(1, what)


@rpc("any_peer", "call_remote", "reliable")
func _tell_marked(what: String) -> void:
	_marked_by_peer = what


@rpc("call_local", "reliable")
func _hand_over(peer: int) -> void:
	_sync.set_multiplayer_authority(peer)
	if peer != multiplayer.get_unique_id():
		return
	await _wait(0.2)
	# As it was set here, not as the host had it.
	print("LOOPS %s" % (_player.loop == EmotePlayer.Loop.ALWAYS))
	_player.loop = EmotePlayer.Loop.ALWAYS  # a bad line may take longer than the walk
	_sync.play(&"walk")

@tool
@icon("../icons/emote_sync.svg")
class_name EmoteSync
extends Node
## Shows a character's emotes on every peer of a multiplayer game, at the same time of the emote.
##
## Put it beside an [EmotePlayer], under the same path on every peer. The peer with the multiplayer
## authority over this node decides; late joiners get what is playing.

const PING_S := 1.0
const TOLERANCE_S := 0.05

## The player that is kept in step. Left empty, the first one beside this node is taken.
@export var player: EmotePlayer:
	set(value):
		player = value
		update_configuration_warnings()

## Half of the time that a message to the authority and back takes, in seconds.
var delay_s := 0.0

var _is_following := false
var _ping := 0.0


func _ready() -> void:
	if Engine.is_editor_hint():
		set_process(false)
		return
	if not player:
		player = _player_beside()
	if not player:
		push_warning("EmoteSync: set Player to the character's EmotePlayer.")
		return
	player.emote_started.connect(_on_started)
	player.emote_stopped.connect(_on_ended)
	player.emote_finished.connect(_on_ended)
	multiplayer.peer_connected.connect(_on_peer_connected)


func _process(delta: float) -> void:
	if not _is_online() or is_multiplayer_authority():
		return
	_ping -= delta
	if _ping <= 0.0:
		_ping = PING_S
		_ask.rpc_id(get_multiplayer_authority(), Time.get_ticks_usec())


func _get_configuration_warnings() -> PackedStringArray:
	if not player and not _player_beside():
		return PackedStringArray(["Set Player to the character's EmotePlayer."])
	return PackedStringArray()


## Plays on every peer. Only the authority may; others are refused with a warning.
func play(emote: StringName, from := 0.0) -> bool:
	return _may_decide() and player.play(emote, from)


## Stops on every peer.
func stop() -> void:
	if _may_decide():
		player.stop()


## Goes to a time of the emote on every peer.
func seek(time: float) -> void:
	if _may_decide():
		player.seek(time)
		_send_state()


## Holds or goes on on every peer.
func set_paused(paused: bool) -> void:
	if not _may_decide():
		return
	if paused:
		player.pause()
	else:
		player.resume()
	_send_state()


func _player_beside() -> EmotePlayer:
	if get_parent():
		for beside: Node in get_parent().get_children():
			if beside is EmotePlayer:
				return beside as EmotePlayer
	return null


func _may_decide() -> bool:
	if _is_online() and not is_multiplayer_authority():
		push_warning("EmoteSync: only the peer with the authority over this node may decide.")
		return false
	return player != null


func _is_online() -> bool:
	if not is_inside_tree() or not multiplayer.has_multiplayer_peer():
		return false
	var peer := multiplayer.multiplayer_peer
	return peer.get_connection_status() == MultiplayerPeer.CONNECTION_CONNECTED


func _on_started(_emote: StringName) -> void:
	_send_state()


func _on_ended(_emote: StringName) -> void:
	if not player.is_playing():
		_send_state()


func _on_peer_connected(peer: int) -> void:
	if is_multiplayer_authority() and player.is_playing():
		_take_state.rpc_id(
			peer, player.current, player.get_position(), player.rate, player.is_paused
		)


func _send_state() -> void:
	if _is_following or not _is_online() or not is_multiplayer_authority():
		return
	_take_state.rpc(player.current, player.get_position(), player.rate, player.is_paused)


## [param emote] is empty when nothing plays.
@rpc("authority", "reliable")
func _take_state(emote: StringName, position: float, rate: float, is_paused: bool) -> void:
	if not player or not is_finite(position) or not is_finite(rate):
		return
	_is_following = true
	player.rate = clampf(rate, 0.0, 16.0)
	var now := position if is_paused else position + delay_s * player.rate
	if emote.is_empty():
		player.stop()
	elif player.current != emote:
		player.play(emote, maxf(now, 0.0))
	elif absf(player.get_position() - now) > TOLERANCE_S:
		player.seek(now)
	if is_paused:
		player.pause()
	else:
		player.resume()
	_is_following = false


@rpc("any_peer", "unreliable")
func _ask(sent: int) -> void:
	if is_multiplayer_authority():
		_answer.rpc_id(multiplayer.get_remote_sender_id(), sent)


@rpc("authority", "unreliable")
func _answer(sent: int) -> void:
	var half := (Time.get_ticks_usec() - sent) / 2e6
	if half >= 0.0 and half < 5.0:
		delay_s = half if delay_s == 0.0 else lerpf(delay_s, half, 0.25)

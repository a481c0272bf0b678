@tool
@icon("../icons/emote_sync.svg")
class_name EmoteSync
extends Node
## Shows a character's emotes on every peer of a multiplayer game, at the same time of the emote.
##
## Put it beside an [EmotePlayer], under the same path on every peer. The peer with the multiplayer
## authority over this node decides; what it does with its player, all others see. A peer that joins late,
## loses messages or stands still for a while asks for what it missed. The emotes themselves must be known
## to every peer; the body's travel is left to your own replication.

## Seconds between two questions to the authority; the first ones come faster.
const ASK_S := 1.0
const FIRST_ASK_S := 0.2
## How far a message may be off before the emote is moved, and a regular look.
const TOLERANCE_S := 0.05
const DRIFT_S := 0.1
## What of the player comes from the authority while it is followed.
const FOLLOWED: Array[StringName] = [&"loop", &"upper_body_only", &"additive", &"rate"]

## The player that is kept in step. Left empty, the first one beside this node is taken.
@export var player: EmotePlayer:
	set(value):
		player = value
		update_configuration_warnings()

## Half of the time that a message to the authority and back takes, in seconds.
var delay_s := 0.0

# Counts what the authority decided; what a follower has taken last.
var _version := 0
# How the player was set before it followed somebody.
var _own: Dictionary[StringName, Variant] = {}
var _authority := 0
var _ask_in := 0.0
var _has_answer := false
var _has_warned := false
var _sent: Array = []
# How what plays was begun: whether on the upper body only, and whether on top of what else plays.
var _begun := [false, false]
# The last emote that a follower received, whether it loops, and how it was begun.
var _received: Array = []
var _is_taking := false


func _ready() -> void:
	if Engine.is_editor_hint():
		set_process(false)
		return
	if not player:
		player = _player_beside()
	if not player:
		push_warning("EmoteSync: set Player to the character's EmotePlayer.")
		set_process(false)
		return
	_begun = [player.upper_body_only, player.additive]
	player.emote_started.connect(_on_started)
	player.emote_stopped.connect(_on_ended)
	player.emote_finished.connect(_on_ended)


func _process(delta: float) -> void:
	if not is_instance_valid(player):
		return
	if not _is_online():
		_authority = 0
		_be_own_again()
		return
	if _authority != get_multiplayer_authority():
		_authority = get_multiplayer_authority()
		if is_multiplayer_authority():
			_be_own_again()
		_version = 0 if is_multiplayer_authority() else -1
		_has_answer = false
		_ask_in = 0.0
		_send_state()
	if is_multiplayer_authority():
		if _sent != _shown():
			_send_state()
		return
	_ask_in -= delta
	if _ask_in <= 0.0:
		_ask_in = ASK_S if _has_answer else FIRST_ASK_S
		_ask.rpc_id(_authority, Time.get_ticks_usec(), _version)


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
		_send_state()


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
	if _is_following():
		_warn_of_authority()
		return false
	return is_instance_valid(player)


# Once: a game may try in every frame.
func _warn_of_authority() -> void:
	if not _has_warned:
		push_warning(
			"EmoteSync: only the peer with the authority may decide; ask that one, or set_multiplayer_authority."
		)
	_has_warned = true


func _is_following() -> bool:
	return _is_online() and not is_multiplayer_authority()


func _is_online() -> bool:
	if not is_inside_tree() or not multiplayer.has_multiplayer_peer():
		return false
	var peer := multiplayer.multiplayer_peer
	return peer.get_connection_status() == MultiplayerPeer.CONNECTION_CONNECTED


func _on_started(_emote: StringName) -> void:
	if _is_following() and not _is_taking:
		# What plays was not begun as the authority has it: forget what was received and ask again.
		_warn_of_authority()
		_received = []
		_version = -1
		_ask_in = 0.0
	_begun = [player.upper_body_only, player.additive]
	_send_state()


func _on_ended(_emote: StringName) -> void:
	if not player.is_playing():
		_send_state()


# ---- the authority


func _send_state() -> void:
	if _is_online() and is_multiplayer_authority():
		_version += 1
		_sent = _shown()
		callv(&"rpc", [&"_take_state"] + _state())


func _state() -> Array:
	var shown := _shown()
	shown.insert(1, player.get_position())
	return [_version] + shown + [player.is_looping()] + _begun


# The emote, its rate and whether it is held. One that fades out has ended for the others: they fade as well.
func _shown() -> Array:
	var emote := &"" if player.is_leaving() else player.current
	return [emote, player.rate, player.is_paused]


# A follower measures how long a message takes, and sends its state.
@rpc("any_peer", "unreliable")
func _ask(sent: int, known: int) -> void:
	if not is_multiplayer_authority() or not is_instance_valid(player):
		return
	var peer := multiplayer.get_remote_sender_id()
	_answer.rpc_id(peer, sent, _version, player.get_position())
	if known != _version:
		callv(&"rpc_id", [peer, &"_take_state"] + _state())


# ---- the followers

@rpc("authority", "unreliable")
func _answer(sent: int, version: int, position: float) -> void:
	var half := (Time.get_ticks_usec() - sent) / 2e6
	if half < 0.0 or half > 5.0 or not is_instance_valid(player):
		return
	delay_s = half if not _has_answer else lerpf(delay_s, half, 0.25)
	_has_answer = true
	if version == _version and player.is_playing() and is_finite(position):
		_go_to(position, DRIFT_S)


# [param emote] is empty when nothing plays.
@rpc("authority", "reliable")
func _take_state(
	version: int,
	emote: StringName,
	position: float,
	rate: float,
	is_paused: bool,
	loops: bool,
	upper_body_only: bool,
	additive: bool
) -> void:
	if not is_instance_valid(player) or not is_finite(position) or not is_finite(rate):
		return
	_version = version
	if _own.is_empty():
		for setting: StringName in FOLLOWED:
			_own[setting] = player.get(setting)
	_ask_in = minf(_ask_in, FIRST_ASK_S)  # it may have been sent twice, and so be late
	player.rate = clampf(rate, 0.0, 16.0)
	player.loop = EmotePlayer.Loop.ALWAYS if loops else EmotePlayer.Loop.NEVER
	player.upper_body_only = upper_body_only
	player.additive = additive
	if emote.is_empty():
		player.stop()
	elif player.current != emote or _received != [emote, loops, upper_body_only, additive]:
		var from := position if is_paused else position + delay_s * player.rate
		_is_taking = true
		if not player.play(emote, maxf(from, 0.0)):
			player.stop()
		_is_taking = false
	_received = [emote, loops, upper_body_only, additive]
	if is_paused:
		player.pause()
	else:
		player.resume()
	if player.is_playing() and not player.is_leaving():
		_go_to(position, 0.0 if is_paused else TOLERANCE_S)


# Settings that were the authority's do not stay; what plays goes on at its rate.
func _be_own_again() -> void:
	for setting: StringName in _own:
		if setting != &"rate" or player.is_leaving() or not player.is_playing():
			player.set(setting, _own[setting])
	_own.clear()
	_received = []


# Moves the emote when it is further off than [param tolerance] seconds.
func _go_to(position: float, tolerance: float) -> void:
	var now := position if player.is_paused else position + delay_s * player.rate
	var off := absf(player.get_position() - now)
	if player.is_looping():
		off = minf(off, absf(player.get_length() - off))
		now = fmod(now, maxf(player.get_length(), 0.001))
	if off > tolerance:
		player.seek(now)

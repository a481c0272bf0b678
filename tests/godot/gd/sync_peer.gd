extends Node
## One side of the two-player test: writes what its EmotePlayer does, one line a change.

var _last := ""

@onready var _scene: Node = (load("res://scenes/emote_sync.tscn") as PackedScene).instantiate()


func _ready() -> void:
	add_child(_scene)
	var sync := _scene.get_node("Character/EmoteSync") as EmoteSync
	var player := _scene.get_node("Character/EmotePlayer") as EmotePlayer
	player.stop(true)
	if "--host" in OS.get_cmdline_user_args():
		_host(sync, player)
	else:
		multiplayer.connected_to_server.connect(func() -> void: print("JOINED"))


func _process(_delta: float) -> void:
	var player := _scene.get_node("Character/EmotePlayer") as EmotePlayer
	var now := "%s %s" % [player.current, player.is_paused]
	if now != _last:
		_last = now
		print("STATE %s at %.2f unix %.3f" % [now, player.get_position(), Time.get_unix_time_from_system()])


func _host(sync: EmoteSync, player: EmotePlayer) -> void:
	player.loop = EmotePlayer.Loop.ALWAYS
	sync.play(&"bow")
	await multiplayer.peer_connected
	await get_tree().create_timer(0.6).timeout
	sync.play(&"wave")
	await get_tree().create_timer(0.5).timeout
	sync.set_paused(true)
	await get_tree().create_timer(0.3).timeout
	sync.set_paused(false)
	await get_tree().create_timer(0.3).timeout
	sync.seek(1.2)
	sync.set_paused(true)
	await get_tree().create_timer(0.3).timeout
	sync.set_paused(false)
	await get_tree().create_timer(0.1).timeout
	sync.stop()
	await get_tree().create_timer(0.8).timeout
	get_tree().quit()

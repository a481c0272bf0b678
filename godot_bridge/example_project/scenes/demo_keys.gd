extends Node
## Keys 1, 2 and 3 play an emote, space stops, tab opens the wheel.

const EMOTES: Array[StringName] = [&"wave", &"bow", &"walk"]

## Plays the emotes.
@export var emotes: EmotePlayer
## Opened by tab, if there is one.
@export var wheel: EmoteWheel


func _unhandled_key_input(event: InputEvent) -> void:
	var key := event as InputEventKey
	if not key or not key.pressed or key.echo:
		return
	var index := key.keycode - KEY_1
	if index >= 0 and index < EMOTES.size():
		emotes.play(EMOTES[index])
	elif key.keycode == KEY_SPACE:
		emotes.stop()
	elif key.keycode == KEY_TAB and wheel:
		wheel.open()

extends Node
## Keys 1, 2 and 3 play an emote, space stops; tab, a touch or the pad's Y opens the wheel.

const EMOTES: Array[StringName] = [&"wave", &"bow", &"walk"]

## Plays the emotes.
@export var emotes: EmotePlayer
## Opened by tab, if there is one.
@export var wheel: EmoteWheel


func _unhandled_input(event: InputEvent) -> void:
	if not event.is_pressed() or event.is_echo():
		return
	if event is InputEventKey:
		_take_key((event as InputEventKey).keycode)
	elif event is InputEventScreenTouch:
		_open_wheel()
	elif event is InputEventJoypadButton:
		if (event as InputEventJoypadButton).button_index == JOY_BUTTON_Y:
			_open_wheel()


func _take_key(key: Key) -> void:
	var index := key - KEY_1
	if index >= 0 and index < EMOTES.size():
		emotes.play(EMOTES[index])
	elif key == KEY_SPACE:
		emotes.stop()
	elif key == KEY_TAB:
		_open_wheel()


func _open_wheel() -> void:
	if wheel:
		wheel.open()

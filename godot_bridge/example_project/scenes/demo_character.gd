extends CharacterBody3D
## A character with an EmotePlayer that knows the sample emotes.

## Plays the emotes.
@export var emotes: EmotePlayer


func _ready() -> void:
	if not emotes.play(&"wave"):
		push_error("The sample emotes are missing: open the project in the editor once.")

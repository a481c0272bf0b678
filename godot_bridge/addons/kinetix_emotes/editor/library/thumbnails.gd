@tool
extends RefCounted
## Thumbnails of emotes, read a few at a time to keep the editor responsive.

const Types := preload("../hub/hub_types.gd")
const SIZE := 40
const BUDGET_US := 3000

var _pictures: Dictionary[String, Texture2D] = {}


## Return the picture of an emote, or null until it is read.
func find(emote: Types.Emote) -> Texture2D:
	return _pictures.get(_key(emote))


func is_missing(emote: Types.Emote) -> bool:
	return not _path(emote).is_empty() and not _pictures.has(_key(emote))


## Read a picture; an unreadable one is not tried again.
func read(emote: Types.Emote) -> void:
	var image := Image.new()
	var path := _path(emote)
	var key := _key(emote)
	_pictures[key] = null
	if FileAccess.file_exists(path) and image.load(path) == OK:
		image.resize(SIZE, SIZE)
		_pictures[key] = ImageTexture.create_from_image(image)


static func _path(emote: Types.Emote) -> String:
	return emote.files.get("thumbnail", "")


static func _key(emote: Types.Emote) -> String:
	return _path(emote) + emote.sha256

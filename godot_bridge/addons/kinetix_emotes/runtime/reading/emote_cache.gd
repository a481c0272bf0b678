class_name EmoteCache
extends RefCounted
## Keeps the emotes that were used last, up to a number of them and of their keys; pinned ones always stay.

## How many unpinned emotes are kept.
var capacity := 32:
	set(value):
		capacity = maxi(1, value)
		_shrink()

## How many keys the unpinned emotes have together; 40 bytes each. The one used last stays however many it has.
var most_keys := 4_000_000:
	set(value):
		most_keys = maxi(0, value)
		_shrink()

var _entries: Dictionary[String, Resource] = {}
var _pinned: Dictionary[String, bool] = {}


## Remembers [param emote]; it is now the one used last.
func store(key: String, emote: Resource) -> void:
	_entries.erase(key)
	_entries[key] = emote
	_shrink()


## The emote, or null. Asking for it counts as use.
func find(key: String) -> Resource:
	if not _entries.has(key):
		return null
	var emote := _entries[key]
	_entries.erase(key)
	_entries[key] = emote
	return emote


func keys() -> Array[String]:
	return _entries.keys()


## Whether the emote is there; not a use.
func has(key: String) -> bool:
	return _entries.has(key)


## Keeps an emote whatever else is loaded, or lets it go again.
func pin(key: String, pinned := true) -> void:
	if pinned:
		_pinned[key] = true
	else:
		_pinned.erase(key)
		_shrink()


func erase(key: String) -> void:
	_entries.erase(key)


func size() -> int:
	return _entries.size()


## Lets every emote go that is not pinned.
func clear() -> void:
	for key: String in _entries.keys():
		if not _pinned.has(key):
			_entries.erase(key)


func _shrink() -> void:
	var loose := 0
	var keys := 0
	for key: String in _entries:
		if not _pinned.has(key):
			loose += 1
			keys += _keys_of(_entries[key])
	for key: String in _entries.keys():
		if loose <= capacity and (keys <= most_keys or loose == 1):
			return
		if not _pinned.has(key):
			keys -= _keys_of(_entries[key])
			loose -= 1
			_entries.erase(key)


# By the first track: those that are made here all have as many.
static func _keys_of(emote: Resource) -> int:
	var animation := emote as Animation
	var tracks := animation.get_track_count() if animation else 0
	return tracks * animation.track_get_key_count(0) if tracks > 0 else 0

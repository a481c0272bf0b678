extends Node
## Loads GLB and Kinanim emotes from files and addresses for one skeleton. [EmotePlayer] owns one. Every
## load is answered by one [signal loaded] or [signal failed], never within the call. Files are read by another
## thread, animations are made in small slices of the game's frames.

## The animation of an emote exists; a streamed one may still grow.
signal prepared(emote: StringName, animation: Animation)
## The emote can be played.
signal loaded(emote: StringName)
signal failed(emote: StringName, reason: String)
## Comes after [signal loaded] and [signal failed]; [param number] counts the loads.
signal answered(emote: StringName, number: int, is_there: bool)

## How long animations are baked in one frame of the game, by all loaders together, in microseconds.
const BUDGET_US := 3000
const EmoteStream := preload("emote_stream.gd")
const CANCELLED := "Loading was cancelled."

## Emotes that were loaded before, of all players.
static var cache := EmoteCache.new()

# The frame of the game in which was baked last, and until when it may be.
static var _frame := -1
static var _until_us := 0

## The skeleton that emotes are made for.
var skeleton: Skeleton3D
## Its path as the tracks need it.
var skeleton_path: NodePath

# The load of each name that was begun last, counted over all names.
var _numbers: Dictionary[StringName, int] = {}
var _begun := 0
var _readings: Dictionary[StringName, EmoteReading] = {}
var _streams: Dictionary[StringName, EmoteStream] = {}
var _makings: Dictionary[StringName, EmoteMaking] = {}
var _warned: Dictionary[StringName, bool] = {}


func _process(_delta: float) -> void:
	if not _makings.is_empty():
		_go_on()


func _go_on() -> void:
	if _frame != Engine.get_process_frames():
		_frame = Engine.get_process_frames()
		_until_us = Time.get_ticks_usec() + BUDGET_US
	for emote: StringName in _makings.keys():
		if _streams.has(emote) and _streams[emote].is_reading():
			continue
		var making := _makings[emote]
		making.go_on(_until_us)
		if making.is_playable() and not _warned.has(emote):
			_warned[emote] = true
			prepared.emit(emote, making.animation)
			_succeed.call_deferred(emote, _numbers.get(emote, 0))
		if making.is_done():
			cache.store(making.key, making.animation)
			_forget(emote)


func _notification(what: int) -> void:
	if what == NOTIFICATION_PREDELETE:
		for reading: EmoteReading in _readings.values():
			reading.cancel()


func _exit_tree() -> void:
	for emote: StringName in _streams.keys():
		_fail(emote, "The character left the game before the emote was there.")
		_forget(emote)


## Starts loading; a load of the same name that still runs is given up. [param extension] is for addresses
## whose path does not say it. Returns whether it can be played, once that is known.
func load_emote(source: String, emote: StringName, extension := "") -> bool:
	_forget(emote)
	_begun += 1
	_numbers[emote] = _begun
	var number := _begun
	_begin(source, emote, extension)
	while true:
		var answer: Array = await answered
		if answer[0] == emote and answer[1] >= number:  # not that of a load before this one
			return answer[2]
	return false


func _begin(source: String, emote: StringName, extension: String) -> void:
	var path := source.get_slice("?", 0).get_slice("#", 0)
	var kind := extension if not extension.is_empty() else path.get_extension()
	kind = kind.trim_prefix(".").to_lower()
	if kind != "glb" and kind != "kinanim":
		_fail(emote, "“%s” is neither GLB nor Kinanim; give the extension." % source)
		return
	var key := key_of(source, skeleton, skeleton_path)
	var known := cache.find(key) as Animation
	if known:
		prepared.emit(emote, known)
		_succeed.call_deferred(emote, _numbers.get(emote, 0))
	elif source.begins_with("http://") or source.begins_with("https://"):
		_stream(source, emote, kind, key)
	elif ResourceLoader.exists(source) and not FileAccess.file_exists(source):
		_take_imported(source, emote)  # an exported game holds what was imported, not the file
	else:
		var reading := EmoteReading.new()
		_readings[emote] = reading
		reading.done.connect(_on_read.bind(emote, key))
		reading.read_file(source, kind)


## Gives a load up; it is answered by [signal failed]. False when there is none of that name.
func cancel_load(emote: StringName) -> bool:
	if not (_readings.has(emote) or _streams.has(emote) or _makings.has(emote)):
		return false
	_forget(emote)
	_fail(emote, CANCELLED)
	return true


## True while something loads.
func is_loading() -> bool:
	return not (_readings.is_empty() and _streams.is_empty() and _makings.is_empty())


func _take_imported(source: String, emote: StringName) -> void:
	var library := load(source) as AnimationLibrary
	if library and library.get_animation_list().size() == 1:
		prepared.emit(emote, library.get_animation(library.get_animation_list()[0]))
		_succeed.call_deferred(emote, _numbers.get(emote, 0))
	else:
		_fail(emote, "%s is not an emote here; import it as an animation library." % source)


func _on_read(emote: StringName, key: String) -> void:
	var reading := _readings[emote]
	_readings.erase(emote)
	if reading.clip:
		_make(emote, reading.clip, key)
	else:
		_fail(emote, reading.problem)


func _stream(source: String, emote: StringName, kind: String, key: String) -> void:
	var stream := EmoteStream.new()
	_streams[emote] = stream
	add_child(stream, false, Node.INTERNAL_MODE_BACK)
	stream.began.connect(func(clip: EmoteClip) -> void: _make(emote, clip, key))
	stream.finished.connect(_on_stream_finished.bind(emote))
	stream.failed.connect(_on_stream_failed.bind(emote))
	stream.start(source, kind)


func _make(emote: StringName, clip: EmoteClip, key: String) -> void:
	if not is_instance_valid(skeleton):
		_fail(emote, "The character left the game before the emote was there.")
		_forget(emote)
		return
	clip.name = String(emote)
	var making := EmoteMaking.new(clip, skeleton, skeleton_path)
	making.key = key
	making.is_coming = _streams.has(emote)
	_makings[emote] = making
	_go_on()  # what is short is there in this very frame


func _on_stream_finished(emote: StringName) -> void:
	if _makings.has(emote):
		_makings[emote].is_coming = false
	_drop_stream(emote)


# What has come by then can still be played.
func _on_stream_failed(reason: String, emote: StringName) -> void:
	_fail(emote, reason)
	_forget(emote)


func _succeed(emote: StringName, number: int) -> void:
	loaded.emit(emote)
	answered.emit(emote, number, true)


func _fail(emote: StringName, reason: String) -> void:
	failed.emit.call_deferred(emote, reason)
	answered.emit.call_deferred(emote, _numbers.get(emote, 0), false)


func _forget(emote: StringName) -> void:
	if _readings.has(emote):
		_readings[emote].cancel()
		_readings.erase(emote)
	_drop_stream(emote)
	_makings.erase(emote)
	_warned.erase(emote)


func _drop_stream(emote: StringName) -> void:
	if _streams.has(emote):
		_streams[emote].give_up()
		_streams.erase(emote)


## The same for every skeleton with these bones in this rest pose, of characters that all have a face or all have none.
static func key_of(source: String, skeleton_of: Skeleton3D, path: NodePath) -> String:
	var names := PackedStringArray([source, str(path), str(EmoteFace.is_on(skeleton_of))])
	for bone: int in skeleton_of.get_bone_count():
		names.append(skeleton_of.get_bone_name(bone))
		names.append(str(skeleton_of.get_bone_rest(bone)))
	return "\n".join(names).sha256_text()

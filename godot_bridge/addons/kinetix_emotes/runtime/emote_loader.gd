class_name EmoteLoader
extends Node
## Loads GLB and Kinanim emotes from files and addresses for one skeleton. [EmotePlayer] owns one.

## The animation of an emote exists; a streamed one may still grow.
signal prepared(emote: StringName, animation: Animation)
## The emote can be played.
signal loaded(emote: StringName)
## The emote cannot be loaded.
signal failed(emote: StringName, reason: String)

## Emotes that were loaded before, of all players.
static var cache := EmoteCache.new()

## The skeleton that emotes are made for.
var skeleton: Skeleton3D
## Its path as the tracks need it.
var skeleton_path: NodePath

var _streams: Dictionary[StringName, EmoteStream] = {}


## Starts loading. [param extension] is for addresses whose path does not say it.
func load_emote(source: String, emote: StringName, extension := "") -> void:
	var kind := extension if not extension.is_empty() else _extension_of(source)
	if kind != "glb" and kind != "kinanim":
		_fail(emote, "“%s” is neither GLB nor Kinanim; give the extension." % source)
		return
	var key := key_of(source, skeleton, skeleton_path)
	var known := cache.find(key) as Animation
	if known:
		prepared.emit(emote, known)
		loaded.emit.call_deferred(emote)
	elif source.begins_with("http://") or source.begins_with("https://"):
		_stream(source, emote, kind, key)
	else:
		_load_file(source, emote, kind, key)


## True while a download runs.
func is_loading() -> bool:
	return not _streams.is_empty()


func _load_file(source: String, emote: StringName, kind: String, key: String) -> void:
	var bytes := FileAccess.get_file_as_bytes(source)
	if bytes.is_empty():
		_fail(emote, "The file cannot be read: %s" % source)
		return
	var problems := PackedStringArray()
	var clip: EmoteClip
	if kind == "glb":
		clip = EmoteClip.from_glb(bytes, problems)
	else:
		clip = EmoteClip.from_kinanim(bytes, problems)
	if not clip:
		_fail(emote, problems[0])
		return
	clip.name = String(emote)
	var animation := EmoteRetarget.make(clip, skeleton, skeleton_path)
	cache.store(key, animation)
	prepared.emit(emote, animation)
	loaded.emit.call_deferred(emote)


func _fail(emote: StringName, reason: String) -> void:
	failed.emit.call_deferred(emote, reason)


func _stream(source: String, emote: StringName, kind: String, key: String) -> void:
	if _streams.has(emote):
		_streams[emote].queue_free()
	var stream := EmoteStream.new()
	var retarget := EmoteRetarget.new()
	var made: Array[Animation] = []
	_streams[emote] = stream
	add_child(stream, false, Node.INTERNAL_MODE_BACK)
	stream.ready_to_play.connect(
		func(clip: EmoteClip) -> void:
			clip.name = String(emote)
			made.append(retarget.prepare(clip, skeleton, skeleton_path))
			retarget.bake()
			prepared.emit(emote, made[0])
			loaded.emit(emote)
	)
	stream.grew.connect(func(_clip_now: EmoteClip) -> void: retarget.bake())
	stream.finished.connect(
		func(_clip_now: EmoteClip) -> void:
			retarget.bake()
			cache.store(key, made[0])
			_drop_stream(emote)
	)
	stream.failed.connect(
		func(reason: String) -> void:
			failed.emit(emote, reason)
			_drop_stream(emote)
	)
	stream.start(source, kind)


func _drop_stream(emote: StringName) -> void:
	if _streams.has(emote):
		_streams[emote].queue_free()
		_streams.erase(emote)


static func _extension_of(source: String) -> String:
	return source.get_slice("?", 0).get_slice("#", 0).get_extension().to_lower()


## The same for every skeleton with these bones in this rest pose.
static func key_of(source: String, skeleton_of: Skeleton3D, path: NodePath) -> String:
	var names := PackedStringArray([source, str(path)])
	for bone: int in skeleton_of.get_bone_count():
		names.append(skeleton_of.get_bone_name(bone))
		names.append(str(skeleton_of.get_bone_rest(bone)))
	return "\n".join(names).sha256_text()

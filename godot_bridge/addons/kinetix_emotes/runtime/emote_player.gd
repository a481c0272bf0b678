@tool
@icon("../icons/emote_player.svg")
class_name EmotePlayer
extends Node
## Plays emotes on a character: from libraries in the project, or loaded at run time.
##
## Add it below a character, give it [member libraries], and call [method play]. Another animation of
## the same skeleton (walking, idling) may go on: the emote is faded in over it and out again, on the
## whole body or on the upper body only. What is set here counts from the next [method play] on;
## [member rate] and the fades count at once.

## An emote has begun.
signal emote_started(emote: StringName)
## An emote came to its end by itself.
signal emote_finished(emote: StringName)
## An emote was ended by [method stop] or by another emote.
signal emote_stopped(emote: StringName)
## A looping emote begins again.
signal emote_looped(emote: StringName)
## The emote that plays was imported again or changed: the new version goes on from the same place.
signal emote_updated(emote: StringName)
## [method load_emote] is done and the emote can be played.
signal emote_loaded(emote: StringName)
## [method load_emote] did not work.
signal emote_failed(emote: StringName, reason: String)
## How far the hips would have travelled this frame, in the world, when root motion is not left in.
signal travelled(step: Vector3)

## What becomes of the travel of the hips.
enum RootMotion {
	## The figure moves away from its node, as in the file.
	AS_IN_FILE,
	## The figure stays over its node.
	IN_PLACE,
	## The travel moves [member body], by [method CharacterBody3D.move_and_slide] in every physics frame;
	## leave your own call out while [method is_playing]. Up and down stay the body's own.
	APPLY,
}
## Whether an emote begins again at its end.
enum Loop { AS_IN_FILE, NEVER, ALWAYS }

const EmoteLoader := preload("reading/emote_loader.gd")
const EmoteMixer := preload("playing/emote_mixer.gd")
const Humanoid := preload("humanoid.gd")

## The emotes that were loaded, of all players.
static var cache := EmoteLoader.cache

## The skeleton to move. Left empty, the first one below the parent is taken.
@export var skeleton: Skeleton3D:
	set(value):
		_forget_skeleton()
		skeleton = value
		update_configuration_warnings()
## Libraries with emotes, for example the grouped [code]emotes.res[/code].
@export var libraries: Array[AnimationLibrary] = []:
	set(value):
		libraries = value
		_names.libraries = value
		update_configuration_warnings()
## How fast emotes play; 1 is as filmed.
@export_range(0.05, 4.0, 0.05, "or_greater") var rate := 1.0
## Seconds to fade an emote in.
@export_range(0.0, 2.0, 0.01, "suffix:s") var blend_in := 0.2
## Seconds to fade an emote out.
@export_range(0.0, 2.0, 0.01, "suffix:s") var blend_out := 0.25
## Whether emotes begin again at their end.
@export var loop := Loop.AS_IN_FILE
## True moves only the bones above the hips; the legs stay with the other animation.
@export var upper_body_only := false
## True adds the movement to the other animation instead of replacing it.
@export var additive := false
## What becomes of the travel of the hips.
@export var root_motion := RootMotion.AS_IN_FILE:
	set(value):
		root_motion = value
		update_configuration_warnings()
## The body that [constant RootMotion.APPLY] moves. Left empty, the nearest one above is taken.
@export var body: CharacterBody3D:
	set(value):
		body = value
		update_configuration_warnings()

## The emote that plays now; empty when none does.
var current: StringName = &""
## True between [method pause] and [method resume].
var is_paused := false

var _names := EmoteNames.new()
var _queue: Array[StringName] = []
var _loader: EmoteLoader
# Made with the first emote and kept, so that a listener of its signals may do anything to this node.
var _playback: EmotePlayback
var _travels := RootMotion.AS_IN_FILE
# Where the emote that plays comes from, and how it was begun: what is set since counts for the next one.
var _library: AnimationLibrary
var _begun_masked := false
var _begun_loop := Loop.AS_IN_FILE
var _is_outdated := false
# Signalled of an emote once it has faded out.
var _ending := &""
var _warned: Dictionary[String, bool] = {}


func _init() -> void:
	_names.libraries = libraries  # so that a script may append to them


func _ready() -> void:
	set_process(false)
	set_physics_process(false)
	if Engine.is_editor_hint():
		return  # what is set in the editor would be saved with the scene
	process_priority = 10
	process_physics_priority = 10


func _exit_tree() -> void:
	if not current.is_empty():
		_cut_off(&"emote_stopped")


func _process(delta: float) -> void:
	_playback.advance(delta, 0.0 if is_paused else delta * rate)


func _physics_process(delta: float) -> void:
	_playback.advance(delta, 0.0 if is_paused else delta * rate)


func _get_configuration_warnings() -> PackedStringArray:
	return EmoteNearby.warnings(self)


## Starts an emote. Returns false, with a warning that says what to do, when it is not known.
func play(emote: StringName, from := 0.0) -> bool:
	return _begin(emote, from, _ending if is_leaving() else &"emote_stopped")


## Plays an emote after the ones before it have ended, a looping one at the end of its round; at once when
## nothing plays.
func queue(emote: StringName) -> void:
	if current.is_empty() or is_leaving():
		play(emote)
		return
	_queue.append(emote)
	if not find_emote(emote):
		_warn_of_unknown(emote)


## The emotes that wait.
func get_queue() -> Array[StringName]:
	return _queue.duplicate()


## Forgets the emotes that wait.
func clear_queue() -> void:
	_queue.clear()


## Fades the emote out. [param at_once] ends it in this frame.
func stop(at_once := false) -> void:
	_queue.clear()
	if current.is_empty():
		return
	if at_once or blend_out <= 0.0:
		_cut_off(&"emote_stopped")
	elif not is_leaving():
		_leave(&"emote_stopped")


## Holds the emote where it is.
func pause() -> void:
	is_paused = not current.is_empty()


## Goes on after [method pause].
func resume() -> void:
	is_paused = false


## True while an emote plays, is held or fades out.
func is_playing() -> bool:
	return not current.is_empty()


## True while the emote fades out.
func is_leaving() -> bool:
	return _playback != null and _playback.is_leaving


## Goes to a time of the emote, in seconds. Nothing happens once it fades out.
func seek(time: float) -> void:
	if not current.is_empty() and not is_leaving():
		_playback.seek(time)


## Seconds from the start of the emote.
func get_position() -> float:
	return 0.0 if current.is_empty() else _playback.position


## Length of the emote that plays, in seconds.
func get_length() -> float:
	return 0.0 if current.is_empty() else _playback.length


## True when the emote that plays begins again at its end.
func is_looping() -> bool:
	return not current.is_empty() and _playback.is_looping()


## Makes an animation playable under a name, before one of that name in the libraries. Its tracks may be
## those of Godot's importer.
func add_emote(emote: StringName, animation: Animation) -> void:
	_names.add(emote, animation)


## Forgets an emote that was added or loaded, so that its memory can be used again.
func remove_emote(emote: StringName) -> void:
	_names.remove(emote)


## The names of all emotes that can be played.
func get_emotes() -> PackedStringArray:
	return _names.all()


## The animation of an emote, or null.
func find_emote(emote: StringName) -> Animation:
	return _names.find(emote)


## The picture beside an emote's file, as [code]Wave.png[/code] beside [code]Wave.glb[/code], or null.
func find_thumbnail(emote: StringName) -> Texture2D:
	return _names.thumbnail(emote)


## Loads a GLB or Kinanim file or address and makes it playable as [param emote]:
## [codeblock]
## if await emotes.load_emote("https://example.com/animation.kinanim", &"Gift"):
##     emotes.play(&"Gift")
## [/codeblock]
## The signals [signal emote_loaded] and [signal emote_failed] report it too. A Kinanim address can be played
## before all of it has come; when the rest does not come, [signal emote_failed] follows and what is there
## stays playable. [param extension] is for addresses whose path does not say it.
func load_emote(source: String, emote: StringName, extension := "") -> bool:
	if not _ready_to_play():
		var why := "No Skeleton3D. Set Skeleton to the character's one."
		_on_failed.call_deferred(emote, why)
		await emote_failed
		return false
	if not _loader:
		_loader = EmoteLoader.new()
		_loader.prepared.connect(add_emote)
		_loader.loaded.connect(emote_loaded.emit)
		_loader.failed.connect(_on_failed)
		add_child(_loader, false, Node.INTERNAL_MODE_BACK)
	_loader.skeleton = skeleton
	_loader.skeleton_path = EmoteMixer.path_of(skeleton)
	return await _loader.load_emote(source, emote, extension)


## Gives up loading an emote: [method load_emote] returns false and [signal emote_failed] follows. Returns false
## when nothing of that name is being loaded.
func cancel_load(emote: StringName) -> bool:
	return _loader != null and _loader.cancel_load(emote)


## True while [method load_emote] has something to do.
func is_loading() -> bool:
	return _loader != null and _loader.is_loading()


## Keeps a loaded source in the cache whatever else is loaded.
func pin(source: String, pinned := true) -> void:
	if _find_skeleton():
		var path := EmoteMixer.path_of(skeleton)
		cache.pin(EmoteLoader.key_of(source, skeleton, path), pinned)


# ---- beginning and ending


# [param why] is the signal for the emote before this one.
func _begin(emote: StringName, from: float, why: StringName) -> bool:
	var animation := _names.find(emote)
	if not animation:
		_warn_of_unknown(emote)
		return false
	if not _ready_to_play():
		_warn("There is no Skeleton3D; set Skeleton to the character's one.")
		return false
	var was := current
	current = emote
	is_paused = false
	var takes_travel := root_motion != RootMotion.AS_IN_FILE
	var continues := not was.is_empty()
	_begun_masked = upper_body_only
	_begun_loop = loop
	_watch(_names.library_of(emote))
	if not _playback.begin(_adapt(animation), from, blend_in, continues, additive, takes_travel):
		_warn(
			(
				"No bone of %s has a name of “%s”; choose the character in the dock Emotes, then Map bones."
				% [skeleton.name, current]
			)
		)
	_yield_to_others()
	_travels = root_motion
	if _travels == RootMotion.APPLY and not _find_body():
		_warn(
			"Root Motion has no CharacterBody3D to move. Set Body, or set Root Motion to In Place."
		)
	_set_active(true)
	if continues:
		emit_signal(why, was)
	if current == emote:
		emote_started.emit(emote)
	return true


func _warn_of_unknown(emote: StringName) -> void:
	var known := ", ".join(get_emotes())
	if known.is_empty():
		_warn("There are no emotes to play “%s” from. Set Libraries, or call load_emote." % emote)
	else:
		_warn("There is no emote “%s”; known are: %s." % [emote, known])


func _on_failed(emote: StringName, why: String) -> void:
	if why != EmoteLoader.CANCELLED:
		_warn("“%s” was not loaded. %s" % [emote, why])
	emote_failed.emit(emote, why)


# Once: a game may ask for the same emote in every frame.
func _warn(what: String) -> void:
	if not _warned.has(what):
		_warned[what] = true
		push_warning("EmotePlayer: " + what)


func _leave(why: StringName) -> void:
	_ending = why
	_playback.leave(blend_out)


func _cut_off(why: StringName) -> void:
	_playback.restore()
	_end(why)


func _end(why: StringName) -> void:
	var ended := current
	_watch(null)
	_playback.end()
	_yield_to_others()
	current = &""
	is_paused = false
	_set_active(false)
	emit_signal(why, ended)


# The body keeps nothing of the emote's speed.
func _yield_to_others() -> void:
	if _travels == RootMotion.APPLY and is_instance_valid(body):
		body.velocity.x = 0.0
		body.velocity.z = 0.0
	_travels = RootMotion.AS_IN_FILE


func _set_active(active: bool) -> void:
	var is_physical := _travels == RootMotion.APPLY
	set_process(active and not is_physical)
	set_physics_process(active and is_physical)


# ---- when the emote that plays changes


# The editor has a running game load again what it imported: the library stays, with other animations in it.
func _watch(library: AnimationLibrary) -> void:
	if library == _library:
		return
	for change: StringName in [&"animation_added", &"animation_removed", &"animation_changed"]:
		if _library:
			_library.disconnect(change, _on_library_changed)
		if library:
			library.connect(change, _on_library_changed)
	_library = library


func _on_library_changed(_animation: StringName) -> void:
	if not _is_outdated:
		_is_outdated = true
		_update.call_deferred()


func _update() -> void:
	_is_outdated = false
	if current.is_empty() or is_leaving():
		return
	var animation := _names.find(current)
	if not animation:
		stop()
		return
	_watch(_names.library_of(current))
	_playback.exchange(_adapt(animation), blend_in)
	emote_updated.emit(current)


# ---- signals of the playback


func _on_reached_end() -> void:
	while not _queue.is_empty():
		if _begin(_queue.pop_front() as StringName, 0.0, &"emote_finished"):
			return
	if blend_out > 0.0:
		_leave(&"emote_finished")
	else:
		_cut_off(&"emote_finished")


func _on_began_again() -> void:
	if _queue.is_empty():
		emote_looped.emit(current)
	else:
		_on_reached_end()


func _on_travelled(step: Vector3, delta: float) -> void:
	travelled.emit(step)
	if _travels == RootMotion.APPLY and _find_body() and delta > 0.0:
		body.velocity.x = step.x / delta
		body.velocity.z = step.z / delta
		body.move_and_slide()


# ---- getting ready


func _ready_to_play() -> bool:
	if not is_inside_tree() or not _find_skeleton():
		return false
	if not _playback:
		_playback = EmotePlayback.new()
		_playback.reached_end.connect(_on_reached_end)
		_playback.began_again.connect(_on_began_again)
		_playback.faded_out.connect(func() -> void: _end(_ending))
		_playback.travelled.connect(_on_travelled)
	if not skeleton.tree_exiting.is_connected(_forget_skeleton):
		skeleton.tree_exiting.connect(_forget_skeleton)
	_playback.stand_on(skeleton, self)
	return true


func _find_skeleton() -> Skeleton3D:
	var found := EmoteNearby.skeleton(self, skeleton)
	if found != skeleton:
		skeleton = found
	return skeleton


func _find_body() -> CharacterBody3D:
	var found := EmoteNearby.body(self, body)
	if found != body:
		body = found
	return body


# Ends what plays: the skeleton leaves, or another one takes its place.
func _forget_skeleton() -> void:
	if not current.is_empty():
		_cut_off(&"emote_stopped")
	if _playback:
		_playback.step_off()
	if is_instance_valid(skeleton) and skeleton.tree_exiting.is_connected(_forget_skeleton):
		skeleton.tree_exiting.disconnect(_forget_skeleton)


# The animation as this character needs it: masked, looped or with its own path to the skeleton.
func _adapt(animation: Animation) -> Animation:
	var loops := animation.loop_mode != Animation.LOOP_NONE
	if _begun_loop != Loop.AS_IN_FILE:
		loops = _begun_loop == Loop.ALWAYS
	var root := EmoteMixer.root_of(skeleton)
	return EmoteVariants.adapt(animation, skeleton, root, _begun_masked, loops)

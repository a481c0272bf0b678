@tool
extends Node3D
## A person in the preview: an emote's GLB on its own mannequin or on a character of the project.

const Words := preload("../words.gd")
const NOT_THERE := "The file does not exist."
const DAMAGED := "The file cannot be shown. Export it again, or choose another emote."
const STILL := "There is no animation in the file. Choose another emote."
const NO_SKELETON := "The character has no Skeleton3D; shown on the mannequin."
const NO_BONE_MAP := "This character has no bone map yet: press Map bones. Shown on the mannequin."

## The emote's file, anywhere on the disk.
var file: String
## Seconds after the first person.
var start: float
var skeleton: Skeleton3D
## Problem with the file or the character; empty if there is none.
var problem := ""

var _figure: Node
var _player: AnimationPlayer


func _init(of_file: String, at := Transform3D.IDENTITY, late := 0.0) -> void:
	file = of_file
	transform = at
	start = late


## Show the file's first pose on a character scene, else on the mannequin. Return whether it can be shown.
func dress(character: String) -> bool:
	_undress()
	var bytes := FileAccess.get_file_as_bytes(file)
	if bytes.is_empty():
		problem = Words.translated(NOT_THERE)
	elif character.is_empty() or not _put_on_character(character, bytes):
		_put_on_mannequin(bytes)
	if not _player:
		return false
	_player.callback_mode_process = AnimationMixer.ANIMATION_CALLBACK_MODE_PROCESS_MANUAL
	_player.assigned_animation = _player.get_animation_list()[0]
	# The preview decides about looping.
	_player.get_animation(_player.assigned_animation).loop_mode = Animation.LOOP_NONE
	show_at(0.0)
	return true


## Return the end in seconds since the first person's start; 0 when nothing is shown.
func end() -> float:
	return start + _player.current_animation_length if _player else 0.0


## Show the pose at a time in seconds since the first person's start, clamped to the emote.
func show_at(time: float) -> void:
	if _player:
		_player.seek(clampf(time - start, 0.0, _player.current_animation_length), true)


func standing_at() -> Vector3:
	if not skeleton or not skeleton.get_bone_count():
		return global_position
	var sum := Vector3.ZERO
	for bone: int in skeleton.get_bone_count():
		sum += skeleton.get_bone_global_pose(bone).origin
	var middle := skeleton.global_transform * (sum / skeleton.get_bone_count())
	return Vector3(middle.x, 0.0, middle.z)


func _undress() -> void:
	problem = ""
	skeleton = null
	_player = null
	if _figure:
		remove_child(_figure)
		_figure.queue_free()
		_figure = null


func _put_on_mannequin(bytes: PackedByteArray) -> void:
	var state := GLTFState.new()
	var document := GLTFDocument.new()
	if document.append_from_buffer(bytes, "", state) != OK:
		problem = Words.translated(DAMAGED)
		return
	var scene := document.generate_scene(state)
	var players: Array[Node] = []
	if scene:
		players = scene.find_children("*", "AnimationPlayer", true, false)
	if players.is_empty():
		problem = Words.translated(STILL)
		if scene:
			scene.free()
		return
	_draw_importer_meshes(scene)
	var skeletons := scene.find_children("*", "Skeleton3D", true, false)
	_show(scene, players[0] as AnimationPlayer, skeletons[0] if skeletons else null)


func _put_on_character(path: String, bytes: PackedByteArray) -> bool:
	var packed := load(path) as PackedScene
	var clip := EmoteClip.from_glb(bytes) if packed else null
	if not clip:
		return false
	var character := packed.instantiate()
	var skeletons := character.find_children("*", "Skeleton3D", true, false)
	if skeletons.is_empty():
		problem = Words.translated(NO_SKELETON)
	elif not EmotePlayer.Humanoid.bones_of(skeletons[0] as Skeleton3D).has("Hips"):
		problem = Words.translated(NO_BONE_MAP)
	if not problem.is_empty():
		character.free()
		return false
	var found := skeletons[0] as Skeleton3D
	var library := AnimationLibrary.new()
	var emote := EmoteRetarget.make(clip, found, character.get_path_to(found))
	EmoteVariants.place_face(emote, found, character)
	library.add_animation(&"emote", emote)
	var player := AnimationPlayer.new()
	player.add_animation_library(&"", library)
	character.add_child(player)
	_show(character, player, found)
	return true


func _show(figure: Node, player: AnimationPlayer, moved: Skeleton3D) -> void:
	_figure = figure
	_player = player
	skeleton = moved
	add_child(figure)


## Replace importer meshes, which are never drawn.
static func _draw_importer_meshes(scene: Node) -> void:
	for found: Node in scene.find_children("*", "ImporterMeshInstance3D", true, false):
		var source := found as ImporterMeshInstance3D
		var drawn := MeshInstance3D.new()
		drawn.mesh = source.mesh.get_mesh()
		drawn.skin = source.skin
		drawn.transform = source.transform
		var skeleton_path := source.skeleton_path
		var known_as := source.name  # by which the tracks of a face find it
		source.replace_by(drawn)
		drawn.skeleton = skeleton_path
		source.free()
		drawn.name = known_as

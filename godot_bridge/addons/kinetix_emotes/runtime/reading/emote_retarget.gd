class_name EmoteRetarget
extends RefCounted
## Makes an [EmoteClip] an [Animation] for one skeleton at run time, without Godot's importer.
##
## Both skeletons face the same direction. A bone's turn away from its rest pose is the same on both,
## whatever axes their bones have, once the rest poses are made alike: limb by limb the target's is
## swung to where the source's points.

const Humanoid := preload("../humanoid.gd")

var _clip: EmoteClip
var _target: Array[int] = []
var _source: PackedInt32Array = []
var _target_parent: PackedInt32Array = []
var _target_rest_global: Array[Quaternion] = []
var _parent_offset: Array[Quaternion] = []
var _source_rest_inverse: Array[Quaternion] = []
var _source_parent: PackedInt32Array = []
var _tracks: PackedInt32Array = []
var _hips_track := -1
var _hips_rest := Vector3.ZERO
var _hips_turn := Quaternion.IDENTITY
var _scale := 1.0
var _baked := 0
var _animation: Animation
var _skeleton_path := NodePath()
# Whether the character has blend shapes at all; of the face, shape → its track.
var _has_face := false
var _face_tracks: Dictionary[String, int] = {}


## Prepares an animation whose tracks begin with [param skeleton_path]; fill it with [method bake]. So do the tracks of a
## face, whatever mesh has its shapes: [method EmoteVariants.place_face] gives them the paths of the meshes.
func prepare(clip: EmoteClip, skeleton: Skeleton3D, skeleton_path: NodePath) -> Animation:
	_clip = clip
	_skeleton_path = skeleton_path
	_has_face = EmoteFace.is_on(skeleton)
	_animation = Animation.new()
	_animation.length = maxf(clip.length(), 0.001)
	_animation.set_meta(&"kinetix_name", clip.name)
	var known := Humanoid.bones_of(skeleton)
	var place: Dictionary[int, int] = {}
	var directions := Humanoid.directions_of(skeleton)
	var swings: Dictionary[String, Quaternion] = {}
	_prepare_source()
	for row: int in clip.bones.size():
		var humanoid := clip.bones[row]
		if not known.has(humanoid):
			continue
		var bone := known[humanoid]
		place[bone] = _target.size()
		_source.append(row)
		_target.append(bone)
		var swing: Quaternion = swings.get(Humanoid.parents[humanoid], Quaternion.IDENTITY)
		if _clip.directions.has(humanoid) and directions.has(humanoid):
			# As Godot's importer does it: a bone first goes along with the one above.
			swing = Quaternion(swing * _clip.directions[humanoid], directions[humanoid]) * swing
		swings[humanoid] = swing
		_target_rest_global.append(swing.inverse() * _rest_global(skeleton, bone))
		_link_parent(skeleton, bone, place)
		if clip.is_upper_body and not Humanoid.is_upper_body(humanoid):
			_tracks.append(-1)
			continue
		var track := _animation.add_track(Animation.TYPE_ROTATION_3D)
		var path := NodePath("%s:%s" % [skeleton_path, skeleton.get_bone_name(bone)])
		_animation.track_set_path(track, path)
		_tracks.append(track)
		if humanoid == "Hips":
			_hips_track = _animation.add_track(Animation.TYPE_POSITION_3D)
			_animation.track_set_path(_hips_track, path)
			_prepare_hips(skeleton, bone)
	return _animation


## Add available frames until [method Time.get_ticks_usec] reaches [param until]. Return their number.
func bake(until := 0) -> int:
	var count := _clip.bones.size()
	var sources: Array[Quaternion] = []
	sources.resize(count)
	var globals: Array[Quaternion] = []
	globals.resize(_target.size())
	var face := _begin_face()
	while _baked < _clip.available and (until == 0 or Time.get_ticks_usec() < until):
		var time := _baked / _clip.fps
		for row: int in count:
			var turn := _clip.rotations[_baked * count + row]
			var parent := _source_parent[row]
			sources[row] = turn if parent < 0 else sources[parent] * turn
		for index: int in _target.size():
			var row := _source[index]
			var away := sources[row] * _source_rest_inverse[row]
			globals[index] = away * _target_rest_global[index]
			var above := _parent_offset[index]
			if _target_parent[index] >= 0:
				above = globals[_target_parent[index]] * above
			var local := (above.inverse() * globals[index]).normalized()
			if _tracks[index] >= 0:
				_animation.rotation_track_insert_key(_tracks[index], time, local)
		if _hips_track >= 0:
			var travel := (_clip.hips[_baked] - _clip.hips_rest) * _scale
			var here := _hips_rest + _hips_turn.inverse() * travel
			_animation.position_track_insert_key(_hips_track, time, here)
		for track: int in face:
			_animation.blend_shape_track_insert_key(track, time, face[track][_baked])
		_baked += 1
	return _baked


# Track → the weights of its shape. What the clip got since the last time gets a track.
func _begin_face() -> Dictionary[int, PackedFloat32Array]:
	var found: Dictionary[int, PackedFloat32Array] = {}
	for shape: String in _clip.face if _has_face else {}:
		if not _face_tracks.has(shape):
			var track := _animation.add_track(Animation.TYPE_BLEND_SHAPE)
			_animation.track_set_path(track, NodePath("%s:%s" % [_skeleton_path, shape]))
			_face_tracks[shape] = track
		found[_face_tracks[shape]] = _clip.face[shape]
	return found


## Everything at once: the animation of a clip that is complete.
static func make(clip: EmoteClip, skeleton: Skeleton3D, skeleton_path: NodePath) -> Animation:
	var retarget := EmoteRetarget.new()
	var animation := retarget.prepare(clip, skeleton, skeleton_path)
	retarget.bake()
	return animation


func _prepare_source() -> void:
	var rows: Dictionary[String, int] = {}
	var globals: Array[Quaternion] = []
	for row: int in _clip.bones.size():
		var humanoid := _clip.bones[row]
		rows[humanoid] = row
		var above := Humanoid.parents[humanoid]
		while not above.is_empty() and not rows.has(above):
			above = Humanoid.parents[above]
		var parent: int = rows.get(above, -1)
		_source_parent.append(parent)
		var rest := _clip.rests[row]
		globals.append(rest if parent < 0 else globals[parent] * rest)
		_source_rest_inverse.append(globals[row].inverse())


# The nearest bone above that moves, and the rest turn of what lies between.
func _link_parent(skeleton: Skeleton3D, bone: int, place: Dictionary[int, int]) -> void:
	var offset := Quaternion.IDENTITY
	var above := skeleton.get_bone_parent(bone)
	while above >= 0 and not place.has(above):
		offset = skeleton.get_bone_rest(above).basis.get_rotation_quaternion() * offset
		above = skeleton.get_bone_parent(above)
	_target_parent.append(place.get(above, -1))
	_parent_offset.append(offset)


func _prepare_hips(skeleton: Skeleton3D, bone: int) -> void:
	_hips_rest = skeleton.get_bone_rest(bone).origin
	var above := skeleton.get_bone_parent(bone)
	_hips_turn = Quaternion.IDENTITY if above < 0 else _rest_global(skeleton, above)
	var height := skeleton.get_bone_global_rest(bone).origin.y
	_scale = height / _clip.hips_rest.y if _clip.hips_rest.y > 0.1 and height > 0.01 else 1.0
	# A player multiplies positions by the skeleton's motion scale.
	var scale := skeleton.motion_scale if skeleton.motion_scale > 0.0001 else 1.0
	_hips_rest /= scale
	_scale /= scale


static func _rest_global(skeleton: Skeleton3D, bone: int) -> Quaternion:
	return skeleton.get_bone_global_rest(bone).basis.get_rotation_quaternion()

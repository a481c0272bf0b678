class_name EmoteTransition
extends RefCounted
## Carries the body from one emote into the next by inertialization.
##
## The next emote plays at once, and the difference to the pose and speed that were shown dies away.
## A foot that has to stand elsewhere takes a step instead of sliding.

const Humanoid := preload("../humanoid.gd")

const STEP_S := 1.0 / 60.0
## A foot below this speed, in m/s of a person of full size, stands.
const STANDS_M_S := 0.25
## A foot that is nearer to its next place than this, in metres, needs no step.
const NEAR_M := 0.03
## How high a step is: so much, and this share of its length.
const LIFT_M := 0.04
const LIFT_SHARE := 0.12
## How much the toes decide where the knee bends.
const STRAIGHT := 0.1
const FEET: Array[String] = ["Left", "Right"]

var _skeleton: Skeleton3D
var _time := 0.0
var _seconds := 0.0
# Rotation vectors of every bone that the new emote moves: the difference, and its speed.
var _bones := PackedInt32Array()
var _turns := PackedVector3Array()
var _spins := PackedVector3Array()
# The same of the hips' place.
var _hips := -1
var _away := Vector3.ZERO
var _drift := Vector3.ZERO
var _feet: Array[Foot] = []
# What is shown when the emotes change.
var _shown: Pose
# The emote that is left, at its last moment and a step earlier.
var _left: Array[Pose] = []


## True while there is a difference, or a foot in the air.
func is_active() -> bool:
	return not _bones.is_empty()


## Ends the transition: the emote is shown as it is.
func stop() -> void:
	_bones.clear()
	_turns.clear()
	_spins.clear()
	_feet.clear()


## Reads the emote that is about to end, from the mixer that plays it at [param position] seconds.
func leave(skeleton: Skeleton3D, mixer: AnimationPlayer, position: float) -> void:
	_skeleton = skeleton
	var hips: int = Humanoid.bones_of(skeleton).get("Hips", -1)
	_shown = Pose.new(skeleton, hips)
	_left = _two_poses(mixer, position, hips)
	if is_active():
		for number: int in 2:  # what is left of the transition before this one
			_left[number].add(self, maxf(0.0, _time - STEP_S * number))
	_hips = hips


## Starts the transition into [param clip], which [param mixer] plays from [param from] seconds on.
## After [param seconds] the difference is gone. [param holds_travel] keeps the hips over their place.
func enter(
	mixer: AnimationPlayer, clip: Animation, from: float, seconds: float, holds_travel: bool
) -> void:
	var next := _two_poses(mixer, from, _hips)
	stop()
	_time = 0.0
	_seconds = seconds
	for track: int in clip.get_track_count():
		if clip.track_get_type(track) != Animation.TYPE_ROTATION_3D:
			continue
		var path := clip.track_get_path(track)
		var bone := _skeleton.find_bone(str(path.get_concatenated_subnames()))
		if bone < 0:
			continue
		var was := _left[0].rotations[bone]
		var now := next[0].rotations[bone]
		var was_turn := _vector(was * _left[1].rotations[bone].inverse())
		var now_turn := _vector(now * next[1].rotations[bone].inverse())
		_bones.append(bone)
		_turns.append(_vector(was * now.inverse()))
		_spins.append((was_turn - now_turn) / STEP_S)
	_away = Vector3.ZERO
	_drift = Vector3.ZERO
	if _hips >= 0:
		_away = _left[0].place - next[0].place
		_drift = (_left[0].place - _left[1].place - next[0].place + next[1].place) / STEP_S
		if holds_travel:
			_away = Vector3(0.0, _away.y, 0.0)
			_drift = Vector3(0.0, _drift.y, 0.0)
	_shown.write(_skeleton, _hips)  # starting and seeking wrote other poses
	for side: int in FEET.size():
		var foot := Foot.new(_skeleton, FEET[side])
		if foot.has_all_bones() and _stands(next, side):
			foot.waits = _stands(_left, side)
			foot.set_speed((_left[0].feet[side] - _left[1].feet[side]) / STEP_S, _skeleton)
			_feet.append(foot)


## Adds what is left of the difference to the frame that the mixer wrote.
func apply(delta: float) -> void:
	_time += delta
	for foot: Foot in _feet:
		foot.watch(_skeleton)
	for at: int in _bones.size():
		var bone := _bones[at]
		var emote := _skeleton.get_bone_pose_rotation(bone)
		_skeleton.set_bone_pose_rotation(bone, turn_of(at, _time) * emote)
	if _hips >= 0:
		var place := _skeleton.get_bone_pose_position(_hips)
		_skeleton.set_bone_pose_position(_hips, place + away_at(_time))
	var is_busy := _time < _seconds
	_start_next_step()
	for foot: Foot in _feet:
		is_busy = foot.go(_skeleton, delta, _seconds) or is_busy
	if not is_busy:
		stop()


# Start the step of the waiting foot with the longest way once no foot is in the air.
func _start_next_step() -> void:
	var next: Foot
	for foot: Foot in _feet:
		if not foot.waits and foot.time < _seconds:
			return
		if foot.waits and (not next or foot.distance() >= next.distance()):
			next = foot
	if next:
		next.waits = false


## The rotation that bone number [param at] is still away from the emote.
func turn_of(at: int, time: float) -> Quaternion:
	var vector := eased(_turns[at], _spins[at], time, _seconds)
	var angle := vector.length()
	return Quaternion(vector / angle, angle) if angle > 1e-9 else Quaternion.IDENTITY


## How far the hips are still away from the emote.
func away_at(time: float) -> Vector3:
	return eased(_away, _drift, time, _seconds)


# The pose at a time and a step before it. At the start of an emote the step after it is mirrored.
func _two_poses(mixer: AnimationPlayer, time: float, hips: int) -> Array[Pose]:
	var other := time - STEP_S if time >= STEP_S else time + STEP_S
	mixer.seek(other, true, true)
	var second := Pose.new(_skeleton, hips)
	mixer.seek(time, true, true)
	var first := Pose.new(_skeleton, hips)
	if other > time:
		for bone: int in first.rotations.size():
			var turn := second.rotations[bone] * first.rotations[bone].inverse()
			second.rotations[bone] = turn.inverse() * first.rotations[bone]
		second.place = first.place * 2.0 - second.place
		for side: int in first.feet.size():
			second.feet[side] = first.feet[side] * 2.0 - second.feet[side]
	return [first, second]


func _stands(poses: Array[Pose], side: int) -> bool:
	var speed := poses[0].feet[side].distance_to(poses[1].feet[side]) / STEP_S
	return speed < STANDS_M_S * _skeleton.motion_scale


static func _vector(turn: Quaternion) -> Vector3:
	var near := turn if turn.w >= 0.0 else -turn
	return near.get_axis() * near.get_angle() if near.w < 1.0 - 1e-9 else Vector3.ZERO


## Return what is left of a difference and its speed after [param time] of [param seconds]: the curve
## of degree five that ends at rest.
static func eased(from: Vector3, speed: Vector3, time: float, seconds: float) -> Vector3:
	if time >= seconds:
		return Vector3.ZERO
	var share := time / seconds
	var cube := share * share * share
	return (
		from * (1.0 - cube * (10.0 - 15.0 * share + 6.0 * share * share))
		+ speed * time * (1.0 - share * share * (6.0 - 8.0 * share + 3.0 * share * share))
	)


## The local pose of a skeleton, the place of its hips, and of its feet in its space.
class Pose:
	extends RefCounted
	var rotations: Array[Quaternion] = []
	var place := Vector3.ZERO
	var feet := PackedVector3Array()

	func _init(skeleton: Skeleton3D, hips: int) -> void:
		for bone: int in skeleton.get_bone_count():
			rotations.append(skeleton.get_bone_pose_rotation(bone))
		if hips >= 0:
			place = skeleton.get_bone_pose_position(hips)
		var bones := Humanoid.bones_of(skeleton)
		for side: String in FEET:
			var foot: int = bones.get(side + "Foot", -1)
			feet.append(skeleton.get_bone_global_pose(foot).origin if foot >= 0 else Vector3.ZERO)

	## Adds what is left of a transition at one of its times.
	func add(transition: EmoteTransition, time: float) -> void:
		for at: int in transition._bones.size():
			var bone := transition._bones[at]
			rotations[bone] = transition.turn_of(at, time) * rotations[bone]
		place += transition.away_at(time)

	func write(skeleton: Skeleton3D, hips: int) -> void:
		for bone: int in rotations.size():
			skeleton.set_bone_pose_rotation(bone, rotations[bone])
		if hips >= 0:
			skeleton.set_bone_pose_position(hips, place)


## A leg whose foot steps from where it was to where the emote has it.
class Foot:
	extends RefCounted
	## True while the other foot has its turn.
	var waits := false
	## Seconds since its step began.
	var time := 0.0
	var _upper := -1
	var _lower := -1
	var _foot := -1
	var _toes := -1
	# In the world.
	var _from := Vector3.ZERO
	var _to := Vector3.ZERO
	var _speed := Vector3.ZERO

	func _init(skeleton: Skeleton3D, side: String) -> void:
		var bones := Humanoid.bones_of(skeleton)
		_upper = bones.get(side + "UpperLeg", -1)
		_lower = bones.get(side + "LowerLeg", -1)
		_foot = bones.get(side + "Foot", -1)
		_toes = bones.get(side + "Toes", -1)
		if has_all_bones():
			_from = _place(skeleton)

	func has_all_bones() -> bool:
		return _upper >= 0 and _lower >= 0 and _foot >= 0

	## Of a foot in the air when the emotes change.
	func set_speed(speed: Vector3, skeleton: Skeleton3D) -> void:
		_speed = Vector3.ZERO if waits else skeleton.global_basis * speed

	func distance() -> float:
		return _from.distance_to(_to)

	## Notes where the emote has the foot; call it before the difference is added.
	func watch(skeleton: Skeleton3D) -> void:
		_to = _place(skeleton)

	## Moves the leg; false when the foot has arrived.
	func go(skeleton: Skeleton3D, delta: float, seconds: float) -> bool:
		if not waits:
			time += delta
		var share := minf(time / seconds, 1.0)
		if share >= 1.0:
			return false
		var place := _to + EmoteTransition.eased(_from - _to, _speed, time, seconds)
		if distance() > NEAR_M:
			var rise := 4.0 * share * (1.0 - share)
			place.y += rise * rise * (LIFT_M + LIFT_SHARE * distance())
		_reach(skeleton, skeleton.global_transform.affine_inverse() * place)
		return true

	func _forward(skeleton: Skeleton3D) -> Vector3:
		if _toes < 0:
			return Vector3.BACK
		var foot := skeleton.get_bone_global_pose(_foot).origin
		return foot.direction_to(skeleton.get_bone_global_pose(_toes).origin)

	func _place(skeleton: Skeleton3D) -> Vector3:
		return skeleton.global_transform * skeleton.get_bone_global_pose(_foot).origin

	# Bends the knee in its own plane and turns the leg to the target; the foot keeps its direction.
	func _reach(skeleton: Skeleton3D, target: Vector3) -> void:
		var upper := skeleton.get_bone_global_pose(_upper)
		var lower := skeleton.get_bone_global_pose(_lower)
		var foot := skeleton.get_bone_global_pose(_foot)
		var thigh := lower.origin - upper.origin
		var shin := foot.origin - lower.origin
		var along := foot.origin - upper.origin
		var wanted := target - upper.origin
		var a := thigh.length()
		var b := shin.length()
		var most := maxf((a + b) * 0.999, along.length())
		var reach := clampf(wanted.length(), absf(a - b) * 1.001, most)
		# A straight leg has no plane of its own: its knee bends to where the toes point.
		var axis := along.cross(thigh + _forward(skeleton) * STRAIGHT * a)
		if axis.length_squared() < 1e-8 or minf(a, b) < 1e-5:
			return
		axis = axis.normalized()
		var hip_bend := acos(clampf((a * a + reach * reach - b * b) / (2.0 * a * reach), -1.0, 1.0))
		var knee_bend := acos(clampf((a * a + b * b - reach * reach) / (2.0 * a * b), -1.0, 1.0))
		var turn_hip := Quaternion(axis, hip_bend - along.angle_to(thigh))
		var turn_knee := Quaternion(axis, knee_bend - (-thigh).angle_to(shin))
		var swing := Quaternion(along.normalized(), wanted.normalized())
		var above := _rotation(skeleton, skeleton.get_bone_parent(_upper))
		var new_upper := swing * turn_hip * upper.basis.get_rotation_quaternion()
		var new_lower := swing * turn_hip * turn_knee * lower.basis.get_rotation_quaternion()
		skeleton.set_bone_pose_rotation(_upper, above.inverse() * new_upper)
		skeleton.set_bone_pose_rotation(_lower, new_upper.inverse() * new_lower)
		skeleton.set_bone_pose_rotation(
			_foot, new_lower.inverse() * foot.basis.get_rotation_quaternion()
		)

	static func _rotation(skeleton: Skeleton3D, bone: int) -> Quaternion:
		if bone < 0:
			return Quaternion.IDENTITY
		return skeleton.get_bone_global_pose(bone).basis.get_rotation_quaternion()

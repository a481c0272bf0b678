extends TestCheck
## From one recorded move into the next, beside the engine's own cross-fade: how far standing feet
## slide, and the hardest jolt of a joint. The hips are held, and the body takes the travel.

const STEP := 1.0 / 60.0
const FADE := 0.2
const SECONDS := 0.5
const STANDS_M_S := 0.2
const DOWN_M := 0.02
const MOVES: Array[String] = ["walk", "run", "dance_a", "dance_b", "punch", "kick", "jump", "spin"]

var _skeleton: Skeleton3D
var _body: CharacterBody3D
var _player: EmotePlayer


func _initialize() -> void:
	await process_frame
	_body = character()
	_skeleton = _body.find_children("*", "Skeleton3D", true, false)[0]
	_player = player_for(_body)
	_player.root_motion = EmotePlayer.RootMotion.IN_PLACE
	_player.travelled.connect(func(step: Vector3) -> void: _body.position += step)
	for move: String in MOVES:
		check(await _player.load_emote("res://moves/%s.glb" % move, move), move)
	var slides: Array[float] = [0.0, 0.0, 0.0]
	var jolts: Array[float] = [0.0, 0.0, 0.0]
	var joins := 0
	for first: String in MOVES:
		for second: String in MOVES:
			if first == second:
				continue
			var at := snappedf(0.5 * _player.find_emote(first).length, STEP)
			var alone := _inertial("", second, 0.0)
			var stands := _standing(alone)
			var own := maxf(_jolt(alone), _jolt(_inertial(first, "", at)))
			for kind: int in 3:
				var rows := alone
				if kind < 2:
					rows = (
						_inertial(first, second, at)
						if kind == 0
						else _cross_faded(first, second, at)
					)
				slides[kind] += _slide(rows, stands, alone)
				jolts[kind] += _jolt(rows) if kind < 2 else own
			joins += 1
	for number: int in 3:
		slides[number] *= 100.0 / joins
		jolts[number] /= joins
	var told := "%d joins: standing feet slide %.1f cm, cross-faded %.1f, in the moves alone %.1f"
	print(told % [joins, slides[0], slides[1], slides[2]])
	print("hardest jolt %.0f m/s2, cross-faded %.0f, in the moves alone %.0f" % jolts)
	check(slides[0] < 0.5 * slides[1], "standing feet slide at most half as far")
	var added := jolts[0] - jolts[2]
	check(added < 0.5 * (jolts[1] - jolts[2]), "the change adds at most half of the jolt")
	finish()


# The frame before the change, and those after it; of one emote alone from its start.
func _inertial(first: String, second: String, at: float) -> Array[PackedVector3Array]:
	_player.stop(true)
	_body.position = Vector3.ZERO
	_player.blend_in = 0.0
	if not first.is_empty():
		_player.play(first)
		_rows(roundi(at / STEP), _player._process)
	var rows: Array[PackedVector3Array] = []
	if not first.is_empty():
		rows = _rows(2, _player._process)
		_player.blend_in = FADE
	if not second.is_empty():
		_player.play(second)
	return rows + _rows(roundi(SECONDS / STEP), _player._process)


func _cross_faded(first: String, second: String, at: float) -> Array[PackedVector3Array]:
	_player.stop(true)
	_body.position = Vector3.ZERO
	var mixer := AnimationPlayer.new()
	mixer.callback_mode_process = AnimationMixer.ANIMATION_CALLBACK_MODE_PROCESS_MANUAL
	_body.add_child(mixer)
	mixer.root_node = mixer.get_path_to(EmoteMixer.root_of(_skeleton))
	var library := AnimationLibrary.new()
	mixer.add_animation_library("", library)
	for emote: String in [first, second]:
		library.add_animation(emote, _held(emote))
	mixer.play(first)
	_rows(roundi(at / STEP), _cross_fade_step.bind(mixer))
	var rows := _rows(2, _cross_fade_step.bind(mixer))
	mixer.play(second, FADE)
	rows += _rows(roundi(SECONDS / STEP), _cross_fade_step.bind(mixer))
	mixer.free()
	return rows


func _cross_fade_step(delta: float, mixer: AnimationPlayer) -> void:
	var animation := _player.find_emote(mixer.current_animation)
	var before := _hips_at(animation, mixer.current_animation_position)
	mixer.advance(delta)
	var step := (
		_hips_at(animation, minf(mixer.current_animation_position, animation.length)) - before
	)
	_body.position += Vector3(step.x, 0.0, step.z) * _skeleton.motion_scale


# The animation with the hips over their first place.
func _held(emote: String) -> Animation:
	var animation := _player.find_emote(emote).duplicate(true) as Animation
	animation.loop_mode = Animation.LOOP_NONE
	var track := _hips_track(animation)
	var first := animation.position_track_interpolate(track, 0.0)
	for key: int in animation.track_get_key_count(track):
		var place: Vector3 = animation.track_get_key_value(track, key)
		animation.track_set_key_value(track, key, Vector3(first.x, place.y, first.z))
	return animation


func _hips_at(animation: Animation, time: float) -> Vector3:
	return animation.position_track_interpolate(_hips_track(animation), time)


func _hips_track(animation: Animation) -> int:
	for track: int in animation.get_track_count():
		if animation.track_get_type(track) == Animation.TYPE_POSITION_3D:
			return track
	return -1


func _rows(count: int, advance: Callable) -> Array[PackedVector3Array]:
	var rows: Array[PackedVector3Array] = []
	for frame: int in count:
		advance.call(STEP)
		var places := PackedVector3Array()
		for bone: int in _skeleton.get_bone_count():
			places.append(_skeleton.global_transform * _skeleton.get_bone_global_pose(bone).origin)
		rows.append(places)
	return rows


func _feet() -> Array[int]:
	var bones := EmotePlayer.Humanoid.bones_of(_skeleton)
	return [bones["LeftFoot"], bones["RightFoot"]]


# Of each frame of an emote alone, which feet stand.
func _standing(rows: Array[PackedVector3Array]) -> Array[Array]:
	var found: Array[Array] = []
	for frame: int in rows.size() - 1:
		var both: Array[bool] = []
		for foot: int in _feet():
			both.append(rows[frame + 1][foot].distance_to(rows[frame][foot]) < STANDS_M_S * STEP)
		found.append(both)
	return found


func _slide(
	rows: Array[PackedVector3Array], stands: Array[Array], alone: Array[PackedVector3Array]
) -> float:
	var slide := 0.0
	var start := rows.size() - stands.size() - 1
	for frame: int in stands.size():
		for foot: int in 2:
			var bone := _feet()[foot]
			var is_down := rows[start + frame][bone].y < alone[frame][bone].y + DOWN_M
			if stands[frame][foot] and is_down:
				var step := rows[start + frame + 1][bone] - rows[start + frame][bone]
				slide += Vector2(step.x, step.z).length()
	return slide


func _jolt(rows: Array[PackedVector3Array]) -> float:
	var hardest := 0.0
	for frame: int in range(1, mini(roundi(FADE / STEP) + 2, rows.size() - 1)):
		for bone: int in rows[frame].size():
			var bend := rows[frame + 1][bone] - 2.0 * rows[frame][bone] + rows[frame - 1][bone]
			hardest = maxf(hardest, bend.length() / (STEP * STEP))
	return hardest

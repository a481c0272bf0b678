extends SceneTree
## Reads every file of a folder and writes down how it went, a line of JSON each: the reader's answer, its microseconds of
## processor time, and the most memory that there has been until then. What takes long is read again, and the shorter time
## counts.

static var BONES := EmotePlayer.Humanoid.parents


func _initialize() -> void:
	var folder := OS.get_environment("KINETIX_TEST_FILES")
	var report := FileAccess.open(OS.get_environment("KINETIX_TEST_REPORT"), FileAccess.WRITE)
	var names := Array(DirAccess.get_files_at(folder))
	names.sort()
	for name: String in names.filter(func(of: String) -> bool: return of.begins_with("plain")):
		names.erase(name)
		names.push_front(name)
	var plain_us := 0
	for name: String in names:
		var bytes := FileAccess.get_file_as_bytes(folder.path_join(name))
		var problems := PackedStringArray()
		var began := _worked_us()
		var clip := _read(name, bytes, problems)
		var took := _worked_us() - began
		if name.begins_with("plain"):
			plain_us = maxi(plain_us, took)
		if took > plain_us or name.begins_with("plain"):
			began = _worked_us()
			_read(name, bytes, PackedStringArray())
			took = mini(took, _worked_us() - began)
		var row := {"name": name, "us": took, "size": bytes.size(), "problems": problems}
		row["peak"] = OS.get_static_memory_peak_usage()
		if clip:
			row.merge(_looked_at(clip, name.begins_with("same")))
		report.store_line(JSON.stringify(row))
		report.flush()
	quit()


func _read(name: String, bytes: PackedByteArray, problems: PackedStringArray) -> EmoteClip:
	if name.get_extension() == "glb":
		return EmoteClip.from_glb(bytes, problems)
	return EmoteClip.from_kinanim(bytes, problems)


## How long this thread has worked. By the clock a busy machine would decide: it may be the turn of others for most of a second.
func _worked_us() -> int:
	var told := FileAccess.open("/proc/self/schedstat", FileAccess.READ)
	if told:
		return floori(told.get_line().get_slice(" ", 0).to_float() / 1000.0)
	return Time.get_ticks_usec()  # another system


func _looked_at(clip: EmoteClip, in_full: bool) -> Dictionary:
	var is_sane := clip.rotations.size() == clip.frames * clip.bones.size()
	is_sane = is_sane and clip.hips.size() == clip.frames and clip.available == clip.frames
	for turn: Quaternion in clip.rotations + clip.rests:
		is_sane = is_sane and turn.is_finite() and absf(turn.length_squared() - 1.0) < 0.001
	for place: Vector3 in clip.directions.values() + Array(clip.hips) + [clip.hips_rest]:
		is_sane = is_sane and place.is_finite()
	for weights: PackedFloat32Array in clip.face.values():
		is_sane = is_sane and weights.size() == clip.frames
		for weight: float in weights:
			is_sane = is_sane and is_finite(weight)
	var found := {"frames": clip.frames, "bones": clip.bones.size(), "sane": is_sane}
	if in_full:
		found["worlds"] = _worlds(clip)
		found["face"] = {}
		for shape: String in clip.face:
			found["face"][shape] = Array(clip.face[shape])
		found["hips"] = Array(clip.hips).map(func(at: Vector3) -> Array: return [at.x, at.y, at.z])
	return found


## Bone → how it is turned in the world in each frame.
func _worlds(clip: EmoteClip) -> Dictionary:
	var found := {}
	for row: int in clip.bones.size():
		var turns := []
		for frame: int in clip.frames:
			var turn := clip.rotations[frame * clip.bones.size() + row]
			var above: String = BONES[clip.bones[row]]
			while not above.is_empty():
				var at := clip.bones.find(above)
				if at >= 0:
					turn = clip.rotations[frame * clip.bones.size() + at] * turn
				above = BONES[above]
			turns.append([turn.x, turn.y, turn.z, turn.w])
		found[clip.bones[row]] = turns
	return found

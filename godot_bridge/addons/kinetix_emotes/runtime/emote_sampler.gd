class_name EmoteSampler
extends RefCounted
## Reads an [Animation] back into an [EmoteClip].

const Humanoid := preload("humanoid.gd")
const MOST_FRAMES := 36000


## Samples [param animation], which moves [param skeleton], at [param fps] frames a second.
static func sample(animation: Animation, skeleton: Skeleton3D, fps := 30.0) -> EmoteClip:
	var clip := EmoteClip.new()
	var rotation_tracks := _tracks(animation, Animation.TYPE_ROTATION_3D)
	var position_tracks := _tracks(animation, Animation.TYPE_POSITION_3D)
	var known := Humanoid.bones_of(skeleton)
	var tracks := PackedInt32Array()
	for humanoid: String in Humanoid.PARENTS:
		if not known.has(humanoid):
			continue
		var bone := known[humanoid]
		clip.bones.append(humanoid)
		clip.rests.append(skeleton.get_bone_rest(bone).basis.get_rotation_quaternion())
		tracks.append(rotation_tracks.get(skeleton.get_bone_name(bone), -1))
	if not known.has("Hips"):
		return null
	var hips_name := skeleton.get_bone_name(known["Hips"])
	clip.hips_rest = skeleton.get_bone_rest(known["Hips"]).origin
	clip.directions = Humanoid.directions_of(skeleton)
	clip.fps = fps
	clip.frames = clampi(roundi(animation.length * fps) + 1, 1, MOST_FRAMES)
	var hips_track: int = position_tracks.get(hips_name, -1)
	var bones := clip.bones.size()
	clip.rotations.resize(clip.frames * bones)
	clip.hips.resize(clip.frames)
	for frame: int in clip.frames:
		var time := minf(frame / fps, animation.length)
		for bone: int in bones:
			var turn := clip.rests[bone]
			if tracks[bone] >= 0:
				turn = animation.rotation_track_interpolate(tracks[bone], time)
			clip.rotations[frame * bones + bone] = turn
		if hips_track >= 0:
			clip.hips[frame] = animation.position_track_interpolate(hips_track, time)
		else:
			clip.hips[frame] = clip.hips_rest
	clip.available = clip.frames
	return clip


static func _tracks(animation: Animation, type: Animation.TrackType) -> Dictionary[String, int]:
	var found: Dictionary[String, int] = {}
	for track: int in animation.get_track_count():
		if animation.track_get_type(track) == type:
			found[str(animation.track_get_path(track).get_concatenated_subnames())] = track
	return found

class_name EmoteClip
extends RefCounted
## An emote as it came from a file, before it is made for one character.
##
## Frames are numbered from 0. Rotations are local (parent from bone), absolute, not relative to the
## rest pose. Positions are in metres. A clip that is still being streamed has fewer
## [member available] frames than [member frames].

const Budget := preload("budget.gd")
## No emote is longer; ten minutes at the usual 30 frames a second.
const MOST_FRAMES := 18000

## Name for people.
var name := ""
## Frames a second.
var fps := 30.0
## Number of frames when everything is there.
var frames := 0
## Number of frames that are there, from the first one.
var available := 0
## Humanoid names of the bones, parents first.
var bones := PackedStringArray()
## Local rest rotation of each bone.
var rests: Array[Quaternion] = []
## Where the hips are in the rest pose; the default is the mannequin's, for formats that do not say it.
var hips_rest := Vector3(0.0, 1.0546, 0.0)
## Where each bone points in the rest pose, as far as it is known.
var directions: Dictionary[String, Vector3] = {}
## Frame by frame, [code]bones.size()[/code] rotations each.
var rotations: Array[Quaternion] = []
## True when hips and legs are left to another animation.
var is_upper_body := false
## Frame by frame, where the hips are.
var hips := PackedVector3Array()
## The blend shapes of the face that it moves, by ARKit's names → frame by frame, how much of it; 1 is the whole shape.
## A clip that is still being streamed may get further ones.
var face: Dictionary[String, PackedFloat32Array] = {}


## Seconds from the first to the last frame.
func length() -> float:
	return maxf(0.0, (frames - 1) / fps)


## The clip of a GLB file's bytes, or null with a reason in [param problems]. A long emote takes a second:
## [EmotePlayer] reads in another thread, and so may you.
static func from_glb(
	bytes: PackedByteArray, problems := PackedStringArray(), budget := Budget.new()
) -> EmoteClip:
	var reader := GlbReader.new(budget)
	var clip := reader.read(bytes)
	if not clip:
		problems.append(reader.problem)
	return clip


## The clip of a whole Kinanim file's bytes, or null with a reason in [param problems]; see [method from_glb].
static func from_kinanim(
	bytes: PackedByteArray, problems := PackedStringArray(), budget := Budget.new()
) -> EmoteClip:
	var reader := KinanimReader.new(budget)
	reader.feed(bytes)
	if not reader.problem.is_empty():
		problems.append(reader.problem)
		return null
	if not reader.is_complete():
		problems.append(KinanimReader.CUT_OFF)
		return null
	return reader.clip

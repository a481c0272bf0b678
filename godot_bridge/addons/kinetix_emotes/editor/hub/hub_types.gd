@tool
extends RefCounted
## The hub's JSON as typed objects, made from the models of the hub protocol by packaging/generated/godot_types.py.
##
## A text that may be null is empty, a number that may be null is NAN, an object null. Sentences are translated.

const Json := preload("hub_json.gd")
## States of a job that has ended.
const ENDED: PackedStringArray = ["delivered", "failed", "cancelled", "rejected"]
## Seconds of a clip that become one emote: as in the Kinetix cloud, and the limits of Kinetix Local.
const MIN_CLIP_S := 1.0
const MAX_CLIP_S := 10.0
const SHORTEST_CLIP_S := 0.3
const LONGEST_CLIP_S := 60.0


class Connection:
	extends Json
	var profile: String
	var kind: String
	var state: String
	var message: String
	var next_step: String
	var code: String
	var min_seconds := 1.0
	var max_seconds := 10.0
	var command: String


class Profile:
	extends Json
	var name: String
	var kind: String
	var url: String
	var has_key: bool
	var key_source: String
	var active: bool


class JobSettings:
	extends Json
	var people: String
	var person: Array
	var body := "whole"


class ErrorInfo:
	extends Json
	var kind := "internal"
	var code: String
	var title: String
	var next_step: String
	var command: String


class PhoneLink:
	extends Json
	var url: String
	var qr: PackedStringArray
	var hint: String


class Preview:
	extends Json
	var glb: String


class InLine:
	extends Json
	var place: int
	var wait_s := NAN


class Job:
	extends Json
	var id: String
	var kind: String
	var state: String
	var status: String
	var name: String
	var percent := NAN
	var remaining_s := NAN
	var created_at: String
	var profile: String
	var emote_id: String
	var retries_left := NAN
	var settings := JobSettings.new({})
	var error: ErrorInfo
	var phone: PhoneLink
	var preview: Preview
	var hints: PackedStringArray
	var in_line: InLine

	func _init(value: Variant) -> void:
		super(value)
		error = _object("error", ErrorInfo)
		phone = _object("phone", PhoneLink)
		preview = _object("preview", Preview)
		in_line = _object("inLine", InLine)


class SyncPreset:
	extends Json
	var library := "each"


class SyncCounts:
	extends Json
	var synced: int
	var conflicts: int
	var deleted: int


class Conflict:
	extends Json
	var file: String
	var emote_id: String
	var reason: String


class SyncProblem:
	extends Json
	var file: String
	var error := ErrorInfo.new({})


class SyncTarget:
	extends Json
	var id: String
	var project: String
	var folder: String
	var source: String
	var state: String
	var error: ErrorInfo
	var preset := SyncPreset.new({})
	var counts := SyncCounts.new({})
	var conflicts: Array[Conflict] = []
	var deleted: PackedStringArray
	var problems: Array[SyncProblem] = []

	func _init(value: Variant) -> void:
		super(value)
		error = _object("error", ErrorInfo)


class SyncState:
	extends Json
	var targets: Array[SyncTarget] = []


class Emote:
	extends Json
	var id: String
	var name: String
	var duration_s := NAN
	var created_at: String
	var profile: String
	var folder: String
	var files: Dictionary[String, String] = {}
	var sha256: String
	var bytes: int
	var problem: ErrorInfo
	var group: String
	var body := "whole"
	var version_of: String
	var current_since: String

	func _init(value: Variant) -> void:
		super(value)
		problem = _object("problem", ErrorInfo)


class Snapshot:
	extends Json
	var start_id: String
	var seq: int
	var connection := Connection.new({})
	var profiles: Array[Profile] = []
	var jobs: Array[Job] = []
	var services: Dictionary[String, SyncState] = {}
	var emotes: Array[Emote] = []


class Notice:
	extends Json
	var level: String
	var title: String
	var next_step: String


class SyncTargetChange:
	extends SyncTarget
	var changed: PackedStringArray
	var removed: PackedStringArray


class CharacterMap:
	extends Json
	var node_path: String
	var bones: Dictionary[String, String] = {}


class SeenPerson:
	extends Json
	var at: Array
	var jpeg: String
	var upper_only: bool


class ClipVerdict:
	extends Json
	var reason: String
	var title: String
	var next_step: String
	var command: String
	var people: Array[SeenPerson] = []


class TakePart:
	extends Json
	var start_s: float
	var end_s: float


class CutProposal:
	extends Json
	var parts: Array[TakePart] = []


class Check:
	extends Json
	var name: String
	var state: String
	var text: String
	var next_step: String
	var remedy: String
	var command: String


class ProblemEmote:
	extends ErrorInfo
	var emote_id: String
	var name: String


class DoctorReport:
	extends Json
	var checks: Array[Check] = []
	var problems: Array[ProblemEmote] = []
	var connection := Connection.new({})
	var key_source: String
	var emotes: int


class EmoteList:
	extends Json
	var emotes: Array[Emote] = []


class LibraryPage:
	extends Json
	var url: String


class ProfileList:
	extends Json
	var profiles: Array[Profile] = []


class PlanStep:
	extends Json
	var action: String
	var file: String
	var reason: String


class SyncRun:
	extends Json
	var plan: Array[PlanStep] = []

@tool
extends RefCounted
## The hub's JSON as typed objects, made from the models of the hub protocol by packaging/godot_types.py.
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
	var min_seconds: float
	var max_seconds: float
	var command: String

	func _init(value: Variant) -> void:
		super(value)
		profile = _text("profile")
		kind = _text("kind")
		state = _text("state")
		message = _said("message")
		next_step = _said("nextStep")
		code = _text("code")
		min_seconds = _number("minSeconds", 1.0)
		max_seconds = _number("maxSeconds", 10.0)
		command = _text("command")


class Profile:
	extends Json
	var name: String
	var kind: String
	var url: String
	var has_key: bool
	var key_source: String
	var active: bool

	func _init(value: Variant) -> void:
		super(value)
		name = _text("name")
		kind = _text("kind")
		url = _text("url")
		has_key = _flag("hasKey")
		key_source = _text("keySource")
		active = _flag("active")


class JobSettings:
	extends Json
	var people: String
	var person: Array
	var body: String

	func _init(value: Variant) -> void:
		super(value)
		people = _text("people")
		person = _list("person")
		body = _text("body", "whole")


class ErrorInfo:
	extends Json
	var kind: String
	var code: String
	var title: String
	var next_step: String
	var command: String

	func _init(value: Variant) -> void:
		super(value)
		kind = _text("kind", "internal")
		code = _text("code")
		title = _said("title")
		next_step = _said("nextStep")
		command = _text("command")


class PhoneLink:
	extends Json
	var url: String
	var qr: PackedStringArray
	var hint: String

	func _init(value: Variant) -> void:
		super(value)
		url = _text("url")
		qr = _texts("qr")
		hint = _said("hint")


class Preview:
	extends Json
	var glb: String

	func _init(value: Variant) -> void:
		super(value)
		glb = _text("glb")


class InLine:
	extends Json
	var place: int
	var wait_s: float

	func _init(value: Variant) -> void:
		super(value)
		place = _whole("place")
		wait_s = _number("waitS", NAN)


class Job:
	extends Json
	var id: String
	var kind: String
	var state: String
	var status: String
	var name: String
	var percent: float
	var remaining_s: float
	var created_at: String
	var profile: String
	var emote_id: String
	var retries_left: float
	var settings: JobSettings
	var error: ErrorInfo
	var phone: PhoneLink
	var preview: Preview
	var hints: PackedStringArray
	var in_line: InLine

	func _init(value: Variant) -> void:
		super(value)
		id = _text("id")
		kind = _text("kind")
		state = _text("state")
		status = _said("status")
		name = _text("name")
		percent = _number("percent", NAN)
		remaining_s = _number("remainingS", NAN)
		created_at = _text("createdAt")
		profile = _text("profile")
		emote_id = _text("emoteId")
		retries_left = _number("retriesLeft", NAN)
		settings = JobSettings.new(json.get("settings"))
		error = _object("error", ErrorInfo)
		phone = _object("phone", PhoneLink)
		preview = _object("preview", Preview)
		hints = _each_said("hints")
		in_line = _object("inLine", InLine)


class SyncPreset:
	extends Json
	var library: String

	func _init(value: Variant) -> void:
		super(value)
		library = _text("library", "each")


class SyncCounts:
	extends Json
	var synced: int
	var conflicts: int
	var deleted: int

	func _init(value: Variant) -> void:
		super(value)
		synced = _whole("synced")
		conflicts = _whole("conflicts")
		deleted = _whole("deleted")


class Conflict:
	extends Json
	var file: String
	var emote_id: String
	var reason: String

	func _init(value: Variant) -> void:
		super(value)
		file = _text("file")
		emote_id = _text("emoteId")
		reason = _said("reason")


class SyncProblem:
	extends Json
	var file: String
	var error: ErrorInfo

	func _init(value: Variant) -> void:
		super(value)
		file = _text("file")
		error = ErrorInfo.new(json.get("error"))


class SyncTarget:
	extends Json
	var id: String
	var project: String
	var folder: String
	var source: String
	var state: String
	var error: ErrorInfo
	var preset: SyncPreset
	var counts: SyncCounts
	var conflicts: Array[Conflict] = []
	var deleted: PackedStringArray
	var problems: Array[SyncProblem] = []

	func _init(value: Variant) -> void:
		super(value)
		id = _text("id")
		project = _text("project")
		folder = _text("folder")
		source = _text("source")
		state = _text("state")
		error = _object("error", ErrorInfo)
		preset = SyncPreset.new(json.get("preset"))
		counts = SyncCounts.new(json.get("counts"))
		conflicts.assign(_objects("conflicts", Conflict))
		deleted = _texts("deleted")
		problems.assign(_objects("problems", SyncProblem))


class SyncState:
	extends Json
	var targets: Array[SyncTarget] = []

	func _init(value: Variant) -> void:
		super(value)
		targets.assign(_objects("targets", SyncTarget))


class Emote:
	extends Json
	var id: String
	var name: String
	var duration_s: float
	var created_at: String
	var profile: String
	var folder: String
	var files: Dictionary[String, String] = {}
	var sha256: String
	var bytes: int
	var problem: ErrorInfo
	var group: String
	var body: String
	var version_of: String
	var current_since: String

	func _init(value: Variant) -> void:
		super(value)
		id = _text("id")
		name = _text("name")
		duration_s = _number("durationS", NAN)
		created_at = _text("createdAt")
		profile = _text("profile")
		folder = _text("folder")
		files.assign(_map("files"))
		sha256 = _text("sha256")
		bytes = _whole("bytes")
		problem = _object("problem", ErrorInfo)
		group = _text("group")
		body = _text("body", "whole")
		version_of = _text("versionOf")
		current_since = _text("currentSince")


class Snapshot:
	extends Json
	var start_id: String
	var seq: int
	var connection: Connection
	var profiles: Array[Profile] = []
	var jobs: Array[Job] = []
	var services: Dictionary[String, SyncState] = {}
	var emotes: Array[Emote] = []

	func _init(value: Variant) -> void:
		super(value)
		start_id = _text("startId")
		seq = _whole("seq")
		connection = Connection.new(json.get("connection"))
		profiles.assign(_objects("profiles", Profile))
		jobs.assign(_objects("jobs", Job))
		services.assign(_map("services", SyncState))
		emotes.assign(_objects("emotes", Emote))


class Notice:
	extends Json
	var level: String
	var title: String
	var next_step: String

	func _init(value: Variant) -> void:
		super(value)
		level = _text("level")
		title = _said("title")
		next_step = _said("nextStep")


class SyncTargetChange:
	extends SyncTarget
	var changed: PackedStringArray
	var removed: PackedStringArray

	func _init(value: Variant) -> void:
		super(value)
		changed = _texts("changed")
		removed = _texts("removed")


class CharacterMap:
	extends Json
	var node_path: String
	var bones: Dictionary[String, String] = {}

	func _init(value: Variant) -> void:
		super(value)
		node_path = _text("nodePath")
		bones.assign(_map("bones"))


class SeenPerson:
	extends Json
	var at: Array
	var jpeg: String
	var upper_only: bool

	func _init(value: Variant) -> void:
		super(value)
		at = _list("at")
		jpeg = _text("jpeg")
		upper_only = _flag("upperOnly")


class ClipVerdict:
	extends Json
	var reason: String
	var title: String
	var next_step: String
	var command: String
	var people: Array[SeenPerson] = []

	func _init(value: Variant) -> void:
		super(value)
		reason = _text("reason")
		title = _said("title")
		next_step = _said("nextStep")
		command = _text("command")
		people.assign(_objects("people", SeenPerson))


class TakePart:
	extends Json
	var start_s: float
	var end_s: float

	func _init(value: Variant) -> void:
		super(value)
		start_s = _number("startS")
		end_s = _number("endS")


class CutProposal:
	extends Json
	var parts: Array[TakePart] = []

	func _init(value: Variant) -> void:
		super(value)
		parts.assign(_objects("parts", TakePart))


class Check:
	extends Json
	var name: String
	var state: String
	var text: String
	var next_step: String
	var remedy: String
	var command: String

	func _init(value: Variant) -> void:
		super(value)
		name = _text("name")
		state = _text("state")
		text = _said("text")
		next_step = _said("nextStep")
		remedy = _text("remedy")
		command = _text("command")


class ProblemEmote:
	extends ErrorInfo
	var emote_id: String
	var name: String

	func _init(value: Variant) -> void:
		super(value)
		emote_id = _text("emoteId")
		name = _text("name")


class DoctorReport:
	extends Json
	var checks: Array[Check] = []
	var problems: Array[ProblemEmote] = []
	var connection: Connection
	var key_source: String
	var emotes: int

	func _init(value: Variant) -> void:
		super(value)
		checks.assign(_objects("checks", Check))
		problems.assign(_objects("problems", ProblemEmote))
		connection = Connection.new(json.get("connection"))
		key_source = _text("keySource")
		emotes = _whole("emotes")


class EmoteList:
	extends Json
	var emotes: Array[Emote] = []

	func _init(value: Variant) -> void:
		super(value)
		emotes.assign(_objects("emotes", Emote))


class LibraryPage:
	extends Json
	var url: String

	func _init(value: Variant) -> void:
		super(value)
		url = _text("url")


class ProfileList:
	extends Json
	var profiles: Array[Profile] = []

	func _init(value: Variant) -> void:
		super(value)
		profiles.assign(_objects("profiles", Profile))


class RenameStep:
	extends PlanStep
	var former: String

	func _init(value: Variant) -> void:
		super(value)
		former = _text("from")


class PlanStep:
	extends Json
	var action: String
	var file: String
	var reason: String

	func _init(value: Variant) -> void:
		super(value)
		action = _text("action")
		file = _text("file")
		reason = _said("reason")


class SyncRun:
	extends Json
	var plan: Array[PlanStep] = []

	func _init(value: Variant) -> void:
		super(value)
		plan.assign(_objects("plan", PlanStep))

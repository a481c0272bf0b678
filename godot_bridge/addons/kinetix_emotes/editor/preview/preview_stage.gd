@tool
extends Node3D
## People in the preview, at their positions and in step: the animation of one player sets the time of all.

const Person := preload("preview_person.gd")
const TOGETHER := &"together"
## Number of times at which distances are measured.
const SAMPLES := 12

## People of one take, also those whose file cannot be shown.
var people: Array[Person] = []
## Plays [constant TOGETHER], which sets [member time].
var player := AnimationPlayer.new()
## Largest distance of a person from the middle of all, metres; 0 for one alone.
var reach := 0.0
## Seconds since the first person's start.
var time := 0.0:
	set(value):
		time = value
		for person: Person in people:
			person.show_at(time)


func _init(of_people: Array[Person]) -> void:
	people = of_people
	for person: Person in people:
		add_child(person)
	add_child(player)


## Show all people on a character scene, else on the mannequin. Return whether any can be shown.
func dress(character: String) -> bool:
	var timeline := Animation.new()
	timeline.length = 0.0
	for person: Person in people:
		if person.dress(character):
			timeline.length = maxf(timeline.length, person.end())
	if timeline.length == 0.0:
		return false
	var track := timeline.add_track(Animation.TYPE_VALUE)
	timeline.track_set_path(track, ^".:time")
	timeline.track_insert_key(track, 0.0, 0.0)
	timeline.track_insert_key(track, timeline.length, timeline.length)
	if player.has_animation_library(&""):
		player.remove_animation_library(&"")
	var library := AnimationLibrary.new()
	library.add_animation(TOGETHER, timeline)
	player.add_animation_library(&"", library)
	_measure(timeline.length)
	return true


func length() -> float:
	return player.get_animation(TOGETHER).length


func problem() -> String:
	for person: Person in people:
		if not person.problem.is_empty():
			var is_lacking := people.size() > 1 and not person.skeleton
			var who := person.file.get_file().get_basename()
			return "%s: %s" % [who, person.problem] if is_lacking else person.problem
	return ""


func standing_at() -> Vector3:
	var sum := Vector3.ZERO
	var shown := _shown()
	for person: Person in shown:
		sum += person.standing_at()
	return sum / maxi(shown.size(), 1)


func _measure(seconds: float) -> void:
	reach = 0.0
	for sample: int in SAMPLES if _shown().size() > 1 else 0:
		time = seconds * sample / (SAMPLES - 1)
		var middle := standing_at()
		for person: Person in _shown():
			reach = maxf(reach, middle.distance_to(person.standing_at()))
	time = 0.0


func _shown() -> Array[Person]:
	return people.filter(func(person: Person) -> bool: return person.skeleton != null)

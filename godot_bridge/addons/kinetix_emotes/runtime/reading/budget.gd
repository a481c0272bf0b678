extends RefCounted
## Limits on the cost of reading one file, spent before the work. Another thread may cancel it.

## What is spent. The readers in Python use the same names; an editor has more memory to give than a game.
enum Cost {
	## Of the JSON. Each takes up to 300 bytes in memory.
	VALUES,
	## Of the scene in the file.
	NODES,
	## That tracks are made of; many tracks may name the same bytes.
	NUMBERS,
	## Frames × bones of the clip: two keys can ask for ten minutes.
	POSES,
}

const MOST: Array[int] = [400_000, 20_000, 6_000_000, 1_000_000]
const NAMES: PackedStringArray = ["JSON values", "nodes", "keys", "frames"]
## A whole emote of ten minutes takes a second or two.
const MOST_SECONDS := 30

## Why reading ended; empty while it may go on.
var problem := ""

var _left := MOST.duplicate()
var _until_ms := 0
# A text is not changed from another thread.
var _is_cancelled := false


## Starts the clock. A file that comes in pieces starts it for each of them.
func begin() -> void:
	_until_ms = Time.get_ticks_msec() + MOST_SECONDS * 1000


## Takes [param amount] off what is left. False, with a [member problem], when the file asks for too much.
func spend(cost: Cost, amount: int) -> bool:
	_left[cost] -= amount
	if _left[cost] < 0:
		problem = (
			"The file has more %s than an emote can have; export a shorter clip of the figure alone."
			% NAMES[cost]
		)
	return may_go_on()


## False, with a [member problem], when reading has been cancelled or takes too long.
func may_go_on() -> bool:
	if _is_cancelled:
		problem = "Loading was cancelled."
	elif problem.is_empty() and Time.get_ticks_msec() > _until_ms:
		problem = "The file takes too long to read on this device; export a shorter clip."
	return problem.is_empty()


## Ends the reading soon; any thread may call it.
func cancel() -> void:
	_is_cancelled = true

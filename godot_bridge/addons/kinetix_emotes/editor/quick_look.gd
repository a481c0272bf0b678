@tool
extends RefCounted
## What the hub has against a clip that is chosen, at a quick look.

const HubLink := preload("hub_link.gd")
const Types := preload("hub_types.gd")
const Look := preload("look.gd")
const Words := preload("words.gd")
const TOO_LONG := "videoTooLong"
const TOO_SHORT := "videoTooShort"

## Why no emote can become of the clip, in the hub's word; empty for nothing, and for a file that is no clip at all.
var reason := ""
## The same for a person; empty where nothing is seen against the clip.
var words := ""
## Who is in it, as the hub protocol has it, where that was asked for.
var people: Array[Types.SeenPerson] = []


## Asks about a clip; [param question] is the body of the hub protocol. False where the hub did not look, which says nothing
## against the clip.
func ask(link: HubLink, question: Dictionary) -> bool:
	var answer := await link.request(HTTPClient.METHOD_POST, "/v1/clips/check", question)
	if answer.error:
		words = Look.advice(answer.error.title, answer.error.next_step)
		return answer.error.code != HubLink.NO_ANSWER
	var verdict := Types.ClipVerdict.new(answer.json)
	people = verdict.people
	reason = verdict.reason
	words = "" if reason.is_empty() else Look.advice(verdict.title, verdict.next_step)
	return true

@tool
extends RefCounted
## A quick check of a clip by the hub.

const HubLink := preload("../hub/hub_link.gd")
const Types := preload("../hub/hub_types.gd")
const Look := preload("../look.gd")
const TOO_LONG := "videoTooLong"
const TOO_SHORT := "videoTooShort"

## Code of the rejection; empty if there is none, and for a file that is no clip.
var reason := ""
var words := ""
## People found in the clip, if requested.
var people: Array[Types.SeenPerson] = []


## Check a clip; [param question] is the request's body. Return false if the hub did not answer.
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

@tool
extends RefCounted
## What the hub has against a clip that is chosen, at a quick look.

const HubLink := preload("hub_link.gd")
const Look := preload("look.gd")
const Words := preload("words.gd")
const TOO_LONG := "videoTooLong"
const TOO_SHORT := "videoTooShort"

## Why no emote can become of the clip, in the hub's word; empty for nothing, and for a file that is no clip at all.
var reason := ""
## The same for a person; empty where nothing is seen against the clip.
var words := ""
## Who is in it, as the hub protocol has it, where that was asked for.
var people: Array = []


## Asks about a clip; [param question] is the body of the hub protocol. False where the hub did not look, which says nothing
## against the clip.
func ask(link: HubLink, question: Dictionary) -> bool:
	var verdict := await link.request(HTTPClient.METHOD_POST, "/v1/clips/check", question)
	if verdict.get("error") is Dictionary:
		verdict = verdict["error"]
		if verdict.get("code") == "hub":
			return false
	elif verdict.get("reason") == null:
		if verdict.get("people") is Array:
			people = verdict["people"]
		return true
	reason = str(verdict.get("reason", ""))
	words = Look.advice(Words.said(verdict, "title"), Words.said(verdict, "nextStep"))
	return true

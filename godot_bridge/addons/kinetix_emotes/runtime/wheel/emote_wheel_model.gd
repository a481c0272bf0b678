class_name EmoteWheelModel
extends RefCounted
## Which slot a pointer or stick means, and which page is shown. Knows nothing of drawing.

var per_page := 8
var count := 0
## The page that is shown, from 0.
var page := 0
## The slot that is pointed at on this page, -1 for none.
var selected := -1


func pages() -> int:
	return maxi(1, ceili(float(count) / per_page))


func shown() -> int:
	return clampi(count - page * per_page, 0, per_page)


## Goes on by [param step] pages, around the end. Returns true when the page changed.
func turn(step: int) -> bool:
	var before := page
	page = posmod(page + step, pages())
	selected = -1
	return page != before


## Selects by direction, up is the first slot. Within [param dead] of the middle nothing is selected.
func point(direction: Vector2, dead: float) -> void:
	if direction.length() < dead or shown() == 0:
		selected = -1
		return
	var turn_share := fposmod(direction.angle() + PI / 2.0, TAU) / TAU
	selected = roundi(turn_share * shown()) % shown()


func chosen() -> int:
	return -1 if selected < 0 else page * per_page + selected

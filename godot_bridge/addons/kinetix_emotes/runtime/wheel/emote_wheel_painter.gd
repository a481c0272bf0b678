class_name EmoteWheelPainter
extends RefCounted
## Draws an [EmoteWheel]: segments, pictures with names, and the middle with the choice and the pages.

const GAP := 0.02
const STEP := 0.06
const DOT := 0.018

var _on: Control
var _middle := Vector2.ZERO
var _radius := 0.0
var _hole := 0.0
var _font: Font
var _font_size := 16


# Prepares for drawing on [param on], within its [method CanvasItem._draw].
func _init(on: Control, radius: float, hole: float) -> void:
	_on = on
	_middle = on.size / 2.0
	_radius = radius
	_hole = hole
	_font = on.get_theme_default_font()
	_font_size = clampi(roundi(radius * 0.06), 9, 28)


## The ground of one of [param count] segments.
func segment(index: int, count: int, fill: Color) -> void:
	_ring_part(TAU * index / count - PI / 2.0, PI / count, fill)


## What is on a segment: its picture, and its name below.
func content(index: int, count: int, label: String, picture: Texture2D) -> void:
	var reach := _radius * (1.0 + _hole) / 2.0
	var place := _middle + Vector2.from_angle(TAU * index / count - PI / 2.0) * reach
	var width := 2.0 * reach * sin(minf(PI / count, PI / 2.0)) * 0.85
	width = minf(width, _radius * (1.0 - _hole))
	if not picture:
		_text(label, place, width, Color.WHITE)
		return
	var extent := minf(width * 0.75, _radius * (1.0 - _hole) * 0.55)
	var box := Rect2(place - Vector2.ONE * extent / 2.0, Vector2.ONE * extent)
	box.position.y -= _font_size * 0.6
	_on.draw_texture_rect(picture, box, false)
	_text(label, Vector2(place.x, box.end.y + _font_size * 0.7), width, Color.WHITE)


## The middle: the name of what is pointed at, and where one is among the pages.
func middle(text: String, page: int, pages: int, fill: Color) -> void:
	var reach := _radius * (_hole - GAP)
	_on.draw_circle(_middle, reach, fill, true, -1.0, true)
	_text(text, _middle, reach * 1.7, Color.WHITE)
	if pages < 2:
		return
	var dot := _radius * DOT
	var below := Vector2(0.0, reach * 0.6)
	var places := dots(pages, below, dot, reach)
	if places.is_empty():
		_text("%d / %d" % [page + 1, pages], _middle + below, reach * 1.2, Color.WHITE)
	for number: int in places.size():
		var shade := Color(1, 1, 1, 1.0 if number == page else 0.35)
		_on.draw_circle(_middle + places[number], dot, shade, true, -1.0, true)
	for side: float in [-1.0, 1.0]:
		_arrow(_middle + Vector2(side * reach * 0.8, 0.0), side * dot * 1.5)


## Return the positions of the pages' dots around [param below]; none if wider than [param reach].
static func dots(pages: int, below: Vector2, dot: float, reach: float) -> PackedVector2Array:
	var places := PackedVector2Array()
	for number: int in pages:
		places.append(below + Vector2((number - (pages - 1) / 2.0) * dot * 4.0, 0.0))
	return places if places[0].length() + dot <= reach else PackedVector2Array()


func _arrow(at: Vector2, extent: float) -> void:
	var points := PackedVector2Array(
		[Vector2(-extent, -extent * 2.0), Vector2(extent, 0.0), Vector2(-extent, extent * 2.0)]
	)
	_on.draw_polyline(Transform2D(0.0, at) * points, Color(1, 1, 1, 0.8), 2.0, true)


func _ring_part(angle: float, half: float, fill: Color) -> void:
	var points := _arc(_radius, angle, half)
	var inner := _arc(_radius * _hole, angle, half)
	inner.reverse()
	points.append_array(inner)
	_on.draw_colored_polygon(points, fill)
	points.append(points[0])
	_on.draw_polyline(points, fill, 1.0, true)


# The gap to the neighbours is as wide outside as inside.
func _arc(radius: float, angle: float, half: float) -> PackedVector2Array:
	var reach := maxf(half - asin(minf(1.0, GAP * _radius / 2.0 / radius)), 0.01)
	var steps := maxi(2, ceili(reach * 2.0 / STEP))
	var points := PackedVector2Array()
	for step: int in steps + 1:
		var at := angle - reach + 2.0 * reach * step / steps
		points.append(_middle + Vector2.from_angle(at) * radius)
	return points


func _text(text: String, at: Vector2, width: float, color: Color) -> void:
	if text.is_empty() or not _font:
		return
	var line := TextLine.new()
	line.add_string(text, _font, _font_size)
	line.width = width
	line.alignment = HORIZONTAL_ALIGNMENT_CENTER
	line.text_overrun_behavior = TextServer.OVERRUN_TRIM_ELLIPSIS
	line.draw(_on.get_canvas_item(), at - Vector2(width, line.get_size().y) / 2.0, color)

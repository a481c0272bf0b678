extends TestCheck
## EmoteWheel by mouse, pad, touch and keys, as the engine sends them.

var wheel: EmoteWheel
var chosen: Array[StringName] = []


func _initialize() -> void:
	await process_frame
	_the_model()
	_prepare()
	_without_slots()
	_by_the_pad()
	await _by_touch()
	await _by_the_mouse()
	await _by_keys_beside_a_button()
	await _with_empty_places()
	await _with_many_emotes()
	finish()


func _the_model() -> void:
	var model := EmoteWheelModel.new()
	model.count = 11
	check(model.pages() == 2 and model.shown() == 8, "two pages")
	model.point(Vector2.UP * 100.0, 20.0)
	check(model.chosen() == 0, "up is the first")
	model.point(Vector2.RIGHT * 100.0, 20.0)
	check(model.chosen() == 2, "right is the third of eight")
	model.point(Vector2.RIGHT * 10.0, 20.0)
	check(model.chosen() == -1, "the middle is nothing")
	model.turn(-1)
	model.point(Vector2.DOWN * 100.0, 20.0)
	check(model.page == 1 and model.shown() == 3 and model.chosen() >= 8, "the last page")


func _without_slots() -> void:
	var names := player.get_emotes()
	names.sort()
	_point(Vector2(200, 40))
	wheel.close(true)
	check(names.size() > 1 and String(player.current) == names[0], "it shows what the player can play")
	player.add_emote(&"aaa", player.find_emote(StringName(names[0])))
	_point(Vector2(200, 40))
	wheel.close(true)
	check(player.current == &"aaa", "and what came since")
	player.remove_emote(&"aaa")


func _prepare() -> void:
	wheel = EmoteWheel.new()
	wheel.size = Vector2(400, 400)
	root.add_child(wheel)
	player = player_for(character())
	wheel.player = player
	wheel.emote_chosen.connect(func(emote: StringName) -> void: chosen.append(emote))


func _slots(names: Array[StringName]) -> Array[EmoteSlot]:
	var slots: Array[EmoteSlot] = []
	for emote: StringName in names:
		var slot := EmoteSlot.new()
		slot.emote = emote
		slots.append(slot)
	return slots


func _send(event: InputEvent) -> void:
	Input.parse_input_event(event)
	Input.flush_buffered_events()
	await process_frame


## Opens the wheel and points at a place of it: without a screen the engine gives no mouse its control.
func _point(at: Vector2) -> void:
	wheel.open()
	var move := InputEventMouseMotion.new()
	move.position = at
	wheel._gui_input(move)


func _by_the_pad() -> void:
	wheel.slots = _slots([&"wave", &"bow", &"walk"])
	wheel.per_page = 2
	wheel.open()
	var shoulder := InputEventJoypadButton.new()
	shoulder.button_index = JOY_BUTTON_RIGHT_SHOULDER
	shoulder.pressed = true
	wheel._unhandled_input(shoulder)
	check(wheel.get_page() == 1, "the pad's shoulder turns the page")
	var roll := InputEventMouseButton.new()
	roll.button_index = MOUSE_BUTTON_WHEEL_UP
	roll.pressed = true
	wheel._gui_input(roll)
	check(wheel.get_page() == 0, "the mouse's wheel turns it back")
	var stick := InputEventJoypadMotion.new()
	stick.axis = JOY_AXIS_RIGHT_Y
	stick.axis_value = 1.0
	wheel._unhandled_input(stick)
	check(wheel.get_selected() == 1, "the stick points at bow")
	stick.axis_value = 0.0
	wheel._unhandled_input(stick)
	var press := InputEventAction.new()
	press.action = &"ui_accept"
	press.pressed = true
	wheel._unhandled_input(press)
	check(player.current == &"bow" and not wheel.visible, "accept plays it")
	wheel.turn_page(1)
	_point(Vector2(200, 40))
	check(wheel.get_selected() == 2, "the page's own slot is pointed at")
	wheel.turn_page(-1)
	wheel.close()
	chosen.clear()


func _touch(at: Vector2, pressed: bool) -> void:
	var touch := InputEventScreenTouch.new()
	touch.position = at
	touch.pressed = pressed
	await _send(touch)


func _by_touch() -> void:
	wheel.open()
	await _touch(Vector2(200, 380), true)
	check(wheel.visible and chosen.is_empty(), "touching only points")
	var drag := InputEventScreenDrag.new()
	drag.position = Vector2(200, 40)
	await _send(drag)
	check(wheel.get_selected() == 0, "the finger slides to another slot")
	await _touch(Vector2(200, 40), false)
	check(not wheel.visible and chosen == [&"wave"], "letting go chooses: %s" % [chosen])
	check(player.current == &"wave", "and plays")
	wheel.open()
	for side: float in [220.0, 180.0]:
		await _touch(Vector2(side, 200), true)
		await _touch(Vector2(side, 200), false)
		check(wheel.visible and wheel.get_page() == (1 if side > 200.0 else 0), "the middle turns pages")
	wheel.per_page = 3
	await _touch(Vector2(210, 200), true)
	await _touch(Vector2(210, 200), false)
	check(not wheel.visible and chosen.size() == 1, "with one page the middle closes it")


func _by_the_mouse() -> void:
	chosen.clear()
	_point(Vector2(300, 300))
	check(wheel.get_selected() == 1, "it points")
	var click := InputEventMouseButton.new()
	click.position = Vector2(300, 300)
	click.button_index = MOUSE_BUTTON_LEFT
	click.pressed = true
	await _send(click)
	check(chosen == [&"bow"] and not wheel.visible, "a click chooses: %s" % [chosen])
	click.pressed = false
	await _send(click)


func _key(code: Key) -> void:
	for pressed: bool in [true, false]:
		var key := InputEventKey.new()
		key.keycode = code
		key.physical_keycode = code
		key.pressed = pressed
		await _send(key)


func _by_keys_beside_a_button() -> void:
	chosen.clear()
	var button := Button.new()
	button.position = Vector2(420, 180)
	button.size = Vector2(60, 40)
	root.add_child(button)
	wheel.open()
	await _key(KEY_RIGHT)
	await _key(KEY_RIGHT)
	check(wheel.has_focus() and wheel.get_selected() == 1, "arrows stay on the wheel")
	await _key(KEY_ENTER)
	check(chosen == [&"bow"], "enter chooses: %s" % [chosen])
	wheel.open()
	await _key(KEY_ESCAPE)
	check(not wheel.visible and chosen.size() == 1, "escape closes")
	button.free()


func _with_many_emotes() -> void:
	var many := EmoteWheel.new()
	var knows := player_for(character())
	for number: int in 300:
		knows.add_emote(&"emote%03d" % number, knows.find_emote(&"wave"))
	many.player = knows
	many.size = Vector2(400, 400)
	root.add_child(many)
	many.open()
	many.turn_page(-1)
	await process_frame
	check(many.get_page() == 37, "the last page: %d" % many.get_page())
	check(many._pictures.get(&"wave") is Texture2D, "the picture beside the file: %s" % [many._pictures])
	many.free()
	knows.get_parent().free()
	for pages: int in range(2, 60):
		var places := EmoteWheelPainter.dots(pages, Vector2(0.0, 30.0), 2.0, 50.0)
		check(pages > 9 or places.size() == pages, "%d pages have dots" % pages)
		for at: Vector2 in places:
			check(at.length() <= 48.0, "%d pages stay inside: %s" % [pages, at])


func _with_empty_places() -> void:
	chosen.clear()
	wheel.slots = _slots([&"wave"])
	wheel.slots.append(null)
	wheel.slots.append_array(_slots([&"walk"]))
	_point(Vector2(300, 300))
	await process_frame
	check(wheel.get_selected() == 1, "what was added to the list is there")
	wheel.close(true)
	check(chosen.is_empty(), "an empty place chooses nothing")
	check("empty" in str(wheel._get_configuration_warnings()), "and is warned of")
	for count: int in 3:
		wheel.slots = _slots([&"wave", &"bow"])
		wheel.slots.resize(count)
		for extent: float in [400.0, 1.0, 0.0]:
			wheel.size = Vector2(extent, extent)
			wheel.open()
			await process_frame
	wheel.free()
	player.get_parent().free()

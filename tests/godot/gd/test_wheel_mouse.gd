extends TestCheck
## EmoteWheel and a captured mouse, which only a window has.


func _initialize() -> void:
	await process_frame
	var wheel := EmoteWheel.new()
	root.add_child(wheel)
	for mode: Input.MouseMode in [Input.MOUSE_MODE_CAPTURED, Input.MOUSE_MODE_CONFINED]:
		Input.mouse_mode = mode
		wheel.open()
		check((Input.mouse_mode == mode) == (mode == Input.MOUSE_MODE_CONFINED), "mode %d: it is free" % mode)
		wheel.close()
		check(Input.mouse_mode == mode, "mode %d: as it was" % mode)
	Input.mouse_mode = Input.MOUSE_MODE_CAPTURED
	wheel.open()
	root.remove_child(wheel)
	check(Input.mouse_mode == Input.MOUSE_MODE_CAPTURED, "as it was when the wheel leaves")
	root.add_child(wheel)
	wheel.close()
	wheel.free()
	finish()

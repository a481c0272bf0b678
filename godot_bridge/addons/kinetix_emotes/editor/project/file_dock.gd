@tool
extends RefCounted
## Makes the editor's file dock redraw once, after a batch of imports.
##
## The dock rebuilds its tree at every `filesystem_changed`, which Godot emits twice for each import.

var _held: Array[Dictionary] = []


func hold() -> void:
	if not _held.is_empty():
		return
	var dock := EditorInterface.get_file_system_dock()
	var changed := EditorInterface.get_resource_filesystem().filesystem_changed
	for connection: Dictionary in changed.get_connections():
		var handler: Callable = connection["callable"]
		if handler.get_object() == dock:
			changed.disconnect(handler)
			_held.append(connection)


## Redraw the dock and let it follow changes again.
func release() -> void:
	var changed := EditorInterface.get_resource_filesystem().filesystem_changed
	for connection: Dictionary in _held:
		var handler: Callable = connection["callable"]
		changed.connect(handler, int(str(connection["flags"])))
		handler.call()
	_held.clear()

@tool
extends RefCounted
## Lets the editor's file dock draw once for a batch of imports, after it.
##
## The dock builds its whole tree anew at every `filesystem_changed`: 20 ms in a project of 2,000 files. Godot sends that
## twice for an import, once before it says that the file can be loaded, so that emotes and the person wait for the tree.

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


## The dock follows changes again and draws what it missed.
func release() -> void:
	var changed := EditorInterface.get_resource_filesystem().filesystem_changed
	for connection: Dictionary in _held:
		var handler: Callable = connection["callable"]
		changed.connect(handler, int(str(connection["flags"])))
		handler.call()
	_held.clear()

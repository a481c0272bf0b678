@tool
extends Node
## Imports files that the sync wrote: in batches, never during a scan, reporting each failure once.

## These project files can be loaded.
signal imported(paths: PackedStringArray)
## Nothing is left to import; all files since the last signal.
signal finished(paths: PackedStringArray)
signal failed(path: String, next_step: String)

const FileDock := preload("file_dock.gd")
const HubLink := preload("../hub/hub_link.gd")
const Types := preload("../hub/hub_types.gd")
const MOST_SCANS := 3
const AFTER_SCAN_S := 0.5
## Pause that ends a burst.
const QUIET_S := 1.0
## Emotes imported in one frame, to keep the editor responsive.
const MOST_AT_ONCE := 8
const ProjectFiles := preload("project_files.gd")
const Grouped := preload("grouped_library.gd")
const Words := preload("../words.gd")

## Set before the node enters the tree.
var link: HubLink

var _file_dock := FileDock.new()
var _waiting: Dictionary[String, bool] = {}
var _removed: Dictionary[String, bool] = {}
var _scanning: PackedStringArray = []
var _scans: Dictionary[String, int] = {}
var _is_busy := false
var _is_importing := false
var _reported: Dictionary[String, bool] = {}
var _hold := 0.0
var _finished := PackedStringArray()
var _quiet := 0.0
var _was_up := false
var _groups: Dictionary[String, bool] = {}
var _changes: Dictionary[String, Dictionary] = {}


func _ready() -> void:
	link.files_changed.connect(_on_files_changed)
	link.targets_changed.connect(_on_targets_changed)
	link.state_changed.connect(_on_state_changed)
	var files := EditorInterface.get_resource_filesystem()
	files.resources_reimporting.connect(_on_reimporting)
	files.resources_reimported.connect(_on_reimported)


func _exit_tree() -> void:
	_file_dock.release()


func _process(delta: float) -> void:
	_hold -= delta
	if _is_busy or _is_importing or _hold > 0.0:
		return
	if is_idle():
		_quiet -= delta
		if _quiet <= 0.0 and not _finished.is_empty():
			finished.emit(_finished)
			_finished.clear()
		return
	var files := EditorInterface.get_resource_filesystem()
	if files.is_scanning():
		return
	_is_busy = true
	_file_dock.hold()
	var began := Time.get_ticks_msec()
	_take_batch(files)
	_hold = maxf(_hold, (Time.get_ticks_msec() - began) / 1000.0)  # leave the user half of the time
	# Deferred, as Godot defers its own notice of changed files.
	_file_dock.release.call_deferred()
	_is_busy = false


## Import these project paths, e.g. `emotes/wave.glb`.
func enqueue(paths: PackedStringArray) -> void:
	for path: String in paths:
		if path.get_extension().to_lower() == "glb":
			_waiting["res://" + path.trim_prefix("res://")] = true


## Change import options of a file and import it again.
##
## This waits for a running import, which would restore the old options.
func change_options(path: String, options: Dictionary) -> void:
	var wanted: Dictionary = _changes.get(path, {})
	wanted.merge(options, true)
	_changes[path] = wanted
	enqueue(PackedStringArray([path]))


func is_idle() -> bool:
	return (
		not (_is_busy or _is_importing)
		and _waiting.is_empty()
		and _removed.is_empty()
		and _scanning.is_empty()
	)


func idle() -> void:
	while is_inside_tree() and not is_idle():
		await get_tree().process_frame


## Wait until an enqueued file is imported. Return whether it can be loaded.
func finish_file(path: String) -> bool:
	while is_inside_tree() and (_waiting.has(path) or path in _scanning or _is_busy):
		await get_tree().process_frame
	return ProjectFiles.is_imported(path)


## Wait for an import by the editor: Godot refuses a second one meanwhile.
func _on_reimporting(_paths: PackedStringArray) -> void:
	_is_importing = true


## Note imported files, also those that Godot imported when its window got the focus.
func _on_reimported(paths: PackedStringArray) -> void:
	_is_importing = false
	for path: String in paths:
		_reported[path] = true
		if _waiting.has(path) and not _changes.has(path) and ProjectFiles.is_current(path):
			_waiting.erase(path)
			_scanning.append(path)


func _on_files_changed(target: Types.SyncTargetChange) -> void:
	if not HubLink.is_own(target):
		return
	for path: String in target.changed:
		_follow_move("res://" + path)
	enqueue(target.changed)
	for path: String in target.removed:
		_removed["res://" + path] = true
	if target.preset.library == "grouped":
		_groups["res://" + target.folder] = true


## Give the cached resource of a moved file its new path, so that open scenes refer to it.
static func _follow_move(path: String) -> void:
	var uid := ResourceLoader.get_resource_uid(path)
	if not ResourceUID.has_id(uid):
		return
	var old := ResourceUID.get_id_path(uid)
	if old != path and not FileAccess.file_exists(old) and ResourceLoader.has_cached(old):
		ResourceLoader.get_cached_ref(old).take_over_path(path)


func _on_state_changed() -> void:
	if not link.is_up():
		_was_up = false


func _on_targets_changed() -> void:
	if _was_up:
		return
	_was_up = true
	for target: Types.SyncTarget in link.own_targets():
		for path: String in ProjectFiles.files_below("res://" + target.folder):
			if path.get_extension().to_lower() == "glb" and not ProjectFiles.is_imported(path):
				_waiting[path] = true


func _take_batch(files: EditorFileSystem) -> void:
	var done := PackedStringArray()
	for path: String in _scanning:
		# A scan may end before the import.
		if ProjectFiles.is_imported(path):
			done.append(path)
		else:
			_waiting[path] = true
			_hold = AFTER_SCAN_S
	_scanning = PackedStringArray()
	if _hold > 0.0:
		if not done.is_empty():
			_announce(done)
		return
	for path: String in _removed:
		if not FileAccess.file_exists(path):
			files.update_file(path)
	_removed.clear()
	var known := PackedStringArray()
	var fresh := PackedStringArray()
	for path: String in _waiting.keys():
		var tries: int = _scans.get(path, 0)
		if not FileAccess.file_exists(path):
			pass
		elif not files.get_filesystem_path(path.get_base_dir()) and tries < MOST_SCANS:
			_scans[path] = tries + 1
			fresh.append(path)
		elif known.size() < MOST_AT_ONCE:
			known.append(path)
			_scans.erase(path)
		else:
			continue
		_waiting.erase(path)
	for path: String in known:
		if _changes.has(path) and not ProjectFiles.set_options(path, _changes[path]):
			link.noticed.emit(
				"error",
				Words.translated("The import settings could not be changed."),
				Words.translated("Check whether the file can be written.")
			)
		_changes.erase(path)
		files.update_file(path)
	if not known.is_empty():
		done.append_array(_reimport(files, known))
	if not done.is_empty():
		_announce(done)
	if not fresh.is_empty():
		# Only a scan finds a new folder.
		_scanning = fresh
		files.scan()
	elif _waiting.is_empty():
		for folder: String in _groups:
			Grouped.build(folder)
		_groups.clear()


## Return the files that Godot imported. While it prepares an import of its own it refuses others.
func _reimport(files: EditorFileSystem, paths: PackedStringArray) -> PackedStringArray:
	_reported.clear()
	files.reimport_files(paths)
	var done := PackedStringArray()
	for path: String in paths:
		if _reported.has(path):
			done.append(path)
		else:
			_waiting[path] = true
			_hold = AFTER_SCAN_S
	return done


func _announce(paths: PackedStringArray) -> void:
	var good := PackedStringArray()
	for path: String in paths:
		if ProjectFiles.is_imported(path):
			good.append(path)
		else:
			failed.emit(path, Words.translated("Export the file again to retry the import."))
	if not good.is_empty():
		_finished.append_array(good)
		_quiet = QUIET_S
		imported.emit(good)

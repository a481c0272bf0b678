@tool
extends ScrollContainer
## The dock: connection, what is being made, the library with its preview, and what needs a decision.

const HubLink := preload("hub/hub_link.gd")
const EmoteImports := preload("project/emote_imports.gd")
const JobsView := preload("create/jobs_view.gd")
const LibraryView := preload("library/library_view.gd")
const ConflictsView := preload("sync/conflicts_view.gd")
const CreateView := preload("create/create_view.gd")
const ConnectionView := preload("connection/connection_view.gd")
const Types := preload("hub/hub_types.gd")
const Words := preload("words.gd")
const WIDTH := 282.0

## The parts, for tests and for other add-ons.
var connection_view: ConnectionView
var create_view: CreateView
var jobs_view: JobsView
var library_view: LibraryView
var conflicts_view: ConflictsView

var _tabs: TabContainer
var _link: HubLink


## Builds the dock. Call it before the dock enters the tree.
func setup(link: HubLink, imports: EmoteImports, undo: EditorUndoRedoManager) -> void:
	# What is ours is translated by words.gd; Godot's own dictionary knows some of our words, and perhaps an emote's name.
	auto_translate_mode = Node.AUTO_TRANSLATE_MODE_DISABLED
	_link = link
	size_flags_vertical = Control.SIZE_EXPAND_FILL
	# A long message makes the dock scroll, not the editor grow past its window.
	horizontal_scroll_mode = ScrollContainer.SCROLL_MODE_DISABLED
	var all := VBoxContainer.new()
	all.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	all.size_flags_vertical = Control.SIZE_EXPAND_FILL
	add_child(all)
	connection_view = ConnectionView.new()
	connection_view.setup(link, imports)
	all.add_child(connection_view)
	_tabs = TabContainer.new()
	_tabs.name = "Tabs"
	_tabs.size_flags_vertical = Control.SIZE_EXPAND_FILL
	# One width for all tabs. The hidden ones do not count: no width has been given to their labels, which then ask for a
	# line a word.
	_tabs.custom_minimum_size.x = WIDTH * EditorInterface.get_editor_scale()
	_tabs.add_theme_constant_override(&"side_margin", 0)
	_tabs.clip_tabs = false  # “Sync (1)” is wider than “Sync”, and no tab goes out of sight
	all.add_child(_tabs)
	library_view = LibraryView.new()
	library_view.name = "Library"
	library_view.setup(link, imports, undo)
	library_view.create_wanted.connect(show_tab.bind("Create"))
	_tabs.add_child(library_view)
	var making := VBoxContainer.new()
	making.name = "Create"
	_tabs.add_child(making)
	create_view = CreateView.new()
	create_view.setup(link)
	making.add_child(create_view)
	jobs_view = JobsView.new()
	jobs_view.setup(link, library_view)
	jobs_view.shown.connect(_show_emote)
	making.add_child(jobs_view)
	conflicts_view = ConflictsView.new()
	conflicts_view.name = "Decide"
	conflicts_view.setup(link, imports)
	_tabs.add_child(conflicts_view)
	_entitle(library_view, Words.translated("Library"))
	_entitle(making, Words.translated("Create"))
	_entitle(conflicts_view, Words.translated("Sync"))
	link.changed.connect(_on_changed)


## Shows the tab called [param tab]: `Library`, `Create` or `Decide`.
func show_tab(tab: String) -> void:
	for index: int in _tabs.get_tab_count():
		if _tabs.get_tab_control(index).name == StringName(tab):
			_tabs.current_tab = index


func _show_emote(id: String) -> void:
	show_tab("Library")
	library_view.select(id)


func _on_changed(part: StringName) -> void:
	if part != &"targets":
		return
	var count := 0
	for target: Types.SyncTarget in _link.own_targets():
		count += target.conflicts.size()
	# No icon beside it: all tabs have to fit.
	_entitle(
		conflicts_view,
		Words.translated("Sync") if count == 0 else Words.translated("Sync (%d)") % count
	)


func _entitle(tab: Control, title: String) -> void:
	_tabs.set_tab_title(_tabs.get_tab_idx_from_control(tab), title)

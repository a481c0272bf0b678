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
const Look := preload("look.gd")
const Words := preload("words.gd")

var _link: HubLink

## The parts, for tests and for other add-ons.
@onready var connection_view: ConnectionView = %Connection
@onready var create_view: CreateView = %CreateView
@onready var jobs_view: JobsView = %Jobs
@onready var library_view: LibraryView = %Library
@onready var conflicts_view: ConflictsView = %Decide
@onready var _tabs: TabContainer = %Tabs


## Hands the parts what they work with. Call it before the dock enters the tree.
func setup(link: HubLink, imports: EmoteImports, undo: EditorUndoRedoManager) -> void:
	set_translation_domain(Words.DOMAIN)
	Look.prepare(self)
	_link = link
	(%Connection as ConnectionView).setup(link, imports)
	(%Library as LibraryView).setup(link, imports, undo)
	(%CreateView as CreateView).setup(link)
	(%Jobs as JobsView).setup(link, %Library as LibraryView)
	(%Decide as ConflictsView).setup(link, imports)
	link.changed.connect(_on_changed)


func _ready() -> void:
	_tabs.set_tab_title(0, Words.translated("Library"))
	_tabs.set_tab_title(1, Words.translated("Create"))
	_on_changed(&"targets")


## Shows the tab called [param tab]: `Library`, `Create` or `Decide`.
func show_tab(tab: String) -> void:
	for index: int in _tabs.get_tab_count():
		if _tabs.get_tab_control(index).name == StringName(tab):
			_tabs.current_tab = index


func _show_emote(id: String) -> void:
	show_tab("Library")
	library_view.select(id)


func _on_changed(part: StringName) -> void:
	if part != &"targets" or not is_node_ready():
		return
	var count := 0
	for target: Types.SyncTarget in _link.own_targets():
		count += target.conflicts.size()
	# No icon beside it: all tabs have to fit.
	var title := Words.translated("Sync (%d)") % count if count else Words.translated("Sync")
	_tabs.set_tab_title(2, title)

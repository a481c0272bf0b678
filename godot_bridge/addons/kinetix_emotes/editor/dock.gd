@tool
extends ScrollContainer
## The dock: connection, jobs, library with preview, and decisions.

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

var link: HubLink

@onready var connection_view: ConnectionView = %Connection
@onready var create_view: CreateView = %CreateView
@onready var jobs_view: JobsView = %Jobs
@onready var library_view: LibraryView = %Library
@onready var conflicts_view: ConflictsView = %Decide
@onready var _tabs: TabContainer = %Tabs


## Give every part with a variable for them the link and the imports, before they enter the tree.
func setup(hub_link: HubLink, imports: EmoteImports) -> void:
	set_translation_domain(Words.DOMAIN)
	Look.prepare(self)
	for part: Node in [self] + find_children("*"):
		if &"link" in part:
			part.set(&"link", hub_link)
		if &"imports" in part:
			part.set(&"imports", imports)
	(%Connection as ConnectionView).setup(link, imports)


func _ready() -> void:
	_tabs.set_tab_title(0, Words.translated("Library"))
	_tabs.set_tab_title(1, Words.translated("Create"))
	link.targets_changed.connect(_show_conflict_count)
	_show_conflict_count()


## Show the tab called [param tab]: `Library`, `Create` or `Decide`.
func show_tab(tab: String) -> void:
	for index: int in _tabs.get_tab_count():
		if _tabs.get_tab_control(index).name == StringName(tab):
			_tabs.current_tab = index


func _show_emote(id: String) -> void:
	show_tab("Library")
	library_view.select(id)


func _show_conflict_count() -> void:
	var count := 0
	for target: Types.SyncTarget in link.own_targets():
		count += target.conflicts.size()
	# No icon beside it: all tabs have to fit.
	var title := Words.translated("Sync (%d)") % count if count else Words.translated("Sync")
	_tabs.set_tab_title(2, title)

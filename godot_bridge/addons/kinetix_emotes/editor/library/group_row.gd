@tool
extends VBoxContainer
## The people of one clip, and the button that adds them to the scene at their positions.

const HubLink := preload("../hub/hub_link.gd")
const EmoteImports := preload("../project/emote_imports.gd")
const EmoteSettings := preload("emote_settings.gd")
const CharacterRow := preload("character_row.gd")
const TakeGroup := preload("../project/take_group.gd")
const GroupScene := preload("../project/group_scene.gd")
const Characters := preload("../project/characters.gd")
const Look := preload("../look.gd")
const Words := preload("../words.gd")

var link: HubLink
var imports: EmoteImports

var _members: Array[RefCounted] = []

@onready var _who: Label = $Who
@onready var _use: Button = $UseInScene
@onready var _settings: EmoteSettings = %Settings
@onready var _characters: CharacterRow = %CharacterRow


func _ready() -> void:
	show_emote("")


## Show the group of the emote with this id; an emote without a group hides the row.
func show_emote(id: String) -> void:
	_members = TakeGroup.of(link.emotes, id)
	visible = _members.size() > 1
	if visible:
		var names := PackedStringArray()
		for member: TakeGroup in _members:
			names.append(member.emote.name)
		Look.say(_who, Words.translated("Filmed together: %s.") % ", ".join(names))
		_use.text = Words.translated("Use in scene (%d people)") % _members.size()


## Add the shown group to the open scene and report the result.
func use() -> void:
	await _use_all(_members.duplicate())


## Add the group of an emote, or an emote without a group, to the open scene.
func use_emote(id: String) -> void:
	var members := TakeGroup.of(link.emotes, id)
	if members.is_empty():
		members.append(TakeGroup.new(link.emote(id)))
	await _use_all(members)


func _use_all(members: Array[RefCounted]) -> void:
	_use.disabled = true
	var problem := await _put(members)
	_use.disabled = false
	if problem.is_empty():
		var notice := Words.translated("%d people are in the scene, in step.") % members.size()
		if members.size() == 1:
			notice = Words.translated("%s is in the scene.") % members[0].emote.name
		link.inform(notice)
	else:
		link.noticed.emit("warning", Words.translated("Not added."), problem)


func _put(members: Array[RefCounted]) -> String:
	var paths := PackedStringArray()
	for member: TakeGroup in members:
		if member.person == 0 and members.size() > 1:
			return (
				Words.translated("%s has no position. Add the emotes one by one.")
				% member.emote.name
			)
		paths.append(_settings.project_file(member.emote.id))
		if paths[-1].is_empty():
			return (
				Words.translated("%s is not in this project. A right click brings it back.")
				% member.emote.name
			)
	var figure := _characters.chosen()
	if figure.is_empty():
		var emote_file := ProjectSettings.globalize_path(paths[0])
		var problem := await Characters.import_mannequin(emote_file, link, imports)
		if not problem.is_empty():
			return problem
		figure = Characters.MANNEQUIN
	var scene := ResourceLoader.load(figure) as PackedScene
	if not scene:
		return Words.translated("%s cannot be loaded as a scene. Choose another figure.") % figure
	return GroupScene.add(members, paths, scene)

class_name EmoteNames
extends RefCounted
## Which animation a name means: what was added at run time, then what the libraries hold.

## Searched in their order.
var libraries: Array[AnimationLibrary] = []

var _added: Dictionary[StringName, Animation] = {}


## Makes an animation known under a name, before those of the libraries.
func add(emote: StringName, animation: Animation) -> void:
	_added[emote] = animation


func remove(emote: StringName) -> void:
	_added.erase(emote)


## The animation, or null. The only animation of a file is also found by the file's name.
func find(emote: StringName) -> Animation:
	if _added.has(emote):
		return _added[emote]
	var library := library_of(emote)
	if not library:
		return null
	var is_clip := library.has_animation(emote)
	return library.get_animation(emote if is_clip else library.get_animation_list()[0])


## The library that holds an emote, or null.
func library_of(emote: StringName) -> AnimationLibrary:
	for library: AnimationLibrary in libraries:
		if library and library.has_animation(emote):
			return library
	for library: AnimationLibrary in libraries:
		if library and _file_name(library) == emote:
			return library
	return null


## The picture of an emote's name beside its library, as [code]Wave.png[/code] beside [code]Wave.glb[/code], or null.
func thumbnail(emote: StringName) -> Texture2D:
	var library := library_of(emote)
	if not library or library.resource_path.is_empty():
		return null
	var path := library.resource_path.get_base_dir().path_join(emote + ".png")
	return load(path) as Texture2D if ResourceLoader.exists(path) else null


## One name for each animation.
func all() -> PackedStringArray:
	var found: Dictionary[StringName, bool] = {}
	for library: AnimationLibrary in libraries:
		if not library:
			continue
		var file := _file_name(library)
		if not file.is_empty():
			found[file] = true
			continue
		for clip: StringName in library.get_animation_list():
			found[clip] = true
	for emote: StringName in _added:
		found[emote] = true
	return PackedStringArray(found.keys())


# The name of the file that holds one animation; empty for others.
static func _file_name(library: AnimationLibrary) -> StringName:
	if library.resource_path.is_empty() or library.get_animation_list().size() != 1:
		return &""
	return StringName(library.resource_path.get_file().get_basename())

extends TestCheck
## What the editor's scripts write goes through no link; the test planted them.

const ProjectFiles := preload("res://addons/kinetix_emotes/editor/project/project_files.gd")


func _init() -> void:
	var options := {"kinetix/loop": 2}
	check(not ProjectFiles.set_options("res://emotes/linked.glb", options), "a linked .import is refused")
	check(not ProjectFiles.set_options("res://away/Wave.glb", options), "a linked folder is refused")
	check(ProjectFiles.set_options("res://emotes/Wave.glb", options), "a plain one is changed")
	check(ProjectFiles.option("res://emotes/Wave.glb", "kinetix/loop", 0) == 2, "and holds the option")
	check(ProjectFiles.leads_elsewhere("res://emotes/emotes.res"), "a linked library is seen")
	check(not ProjectFiles.leads_elsewhere("res://emotes/Wave.glb"), "a plain file is none")
	check(not ProjectFiles.leads_elsewhere("res://not/there.res"), "nor is one that is not there")
	finish()

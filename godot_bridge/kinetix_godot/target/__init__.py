"""The Godot project as a target: its settings, its folder, and what Godot needs to import a file."""

"""The Godot sync engine: watches emote folders and keeps Godot projects in step."""

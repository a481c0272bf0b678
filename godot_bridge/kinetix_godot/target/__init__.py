"""The Godot project as a target: settings, folder, and import files."""

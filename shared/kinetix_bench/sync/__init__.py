"""How fast emotes reach a Godot project."""

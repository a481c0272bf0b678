"""How well and how fast clips become emotes."""

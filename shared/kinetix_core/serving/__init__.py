"""Parts shared by long-running programs: listeners, identity, priority, shutdown."""

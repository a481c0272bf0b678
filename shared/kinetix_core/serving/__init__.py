"""What long-running programs share: listeners, identity, priority, and a clean end."""

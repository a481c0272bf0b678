"""What a source of emotes offers: the hub's library, a folder, single files."""

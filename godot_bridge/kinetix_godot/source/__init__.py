"""Sources of emotes: the hub's library, a folder, single files."""

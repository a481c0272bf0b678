"""The subcommands of `kinetix` that this room gives."""

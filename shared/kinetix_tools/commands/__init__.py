"""The subcommands of `kinetix` that work on files."""

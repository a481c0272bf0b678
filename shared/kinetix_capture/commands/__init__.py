"""The subcommands of `kinetix` that capture: entry points of the command line."""

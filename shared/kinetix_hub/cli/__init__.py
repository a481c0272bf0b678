"""The `kinetix` command line."""

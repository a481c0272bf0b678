"""Options, tables and output shared by all commands."""

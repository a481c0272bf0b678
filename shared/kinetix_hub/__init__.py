"""The background process that owns everything slow or stateful, and the command line."""

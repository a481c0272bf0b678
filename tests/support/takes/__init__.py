"""Takes and files of emotes, and how to look at them."""

"""Commands that create and refine emotes."""

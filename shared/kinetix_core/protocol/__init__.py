"""Models of the messages between our programs."""

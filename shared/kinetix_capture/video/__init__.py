"""Pictures out of a clip: decoding, the player's time line, orientation metadata, HDR."""

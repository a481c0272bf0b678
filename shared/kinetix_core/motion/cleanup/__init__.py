"""Foot lock, foot-skate measures and what compensates for other proportions."""

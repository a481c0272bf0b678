"""Feet and floor: foot contacts, the floor's height, the foot lock and the seam of a loop."""

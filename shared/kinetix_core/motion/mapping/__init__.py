"""Which bone of a rig is which bone of the humanoid."""

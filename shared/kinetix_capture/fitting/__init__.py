"""The fit: a body model whose pose in every frame explains what was seen."""

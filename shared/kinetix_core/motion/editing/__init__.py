"""Authoring: cut, loop, mirror, layer, place and compare motions."""

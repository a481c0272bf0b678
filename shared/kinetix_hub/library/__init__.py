"""The emote library: readable files with sidecars, and content-addressed originals."""

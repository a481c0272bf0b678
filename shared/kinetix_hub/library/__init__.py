"""The emote library: readable files with sidecars in front, content-addressed originals behind."""

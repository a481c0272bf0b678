"""Tools on files: convert, retarget, edit and compare emotes, previews, and opening files that only Blender reads."""

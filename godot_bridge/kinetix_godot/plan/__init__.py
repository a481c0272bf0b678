"""Planning: decide on actions without touching a file."""

"""Files of this program on the machine: unpacking, shell completion, and removal."""

"""What programs of ours say to each other, as models."""

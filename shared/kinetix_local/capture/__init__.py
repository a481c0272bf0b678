"""Video to motion on this machine: decode, detect and track, fit, orient, solve, clean up."""

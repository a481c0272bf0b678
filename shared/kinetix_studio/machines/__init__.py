"""Machines that capture for a service: what they call, and the programs on them."""

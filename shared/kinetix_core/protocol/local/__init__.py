"""Requests and answers between the hub and Kinetix Local, below `/_local`."""

"""Routes under `/_local/`: ours, not part of the API."""

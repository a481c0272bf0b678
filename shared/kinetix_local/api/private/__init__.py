"""Private routes under `/_local/`, outside the API."""

"""The upload page and the library page, built from `frontend/` into `dist/`."""

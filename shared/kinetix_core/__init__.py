"""The libraries that every part stands on: the API client, motion and file formats. Imports nothing of the other rooms."""

__version__ = "0.1.0"

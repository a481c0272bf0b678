"""What has to happen, decided without touching a file."""

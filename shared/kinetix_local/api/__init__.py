"""The SDK API 1.4.45 as a FastAPI service."""

"""Durable jobs: from a chosen clip to a delivered emote."""

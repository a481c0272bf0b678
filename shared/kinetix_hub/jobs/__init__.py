"""Durable jobs: from "clip chosen" to "emote delivered"."""

"""The webhooks that go out."""

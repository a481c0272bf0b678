"""The queue of captures and the webhooks that go out."""

"""The loopback server: door, events, routes and life cycle (docs/hub-protocol.md)."""

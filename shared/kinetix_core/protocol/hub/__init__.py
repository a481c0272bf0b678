"""The hub protocol (docs/hub-protocol.md) as Python: what the hub, the command line, the sync and the editors' add-ons share.

`models` and `answers` are what the hub sends, `bodies` what it takes, `enumerations` the words in them, `info` where it is, and
`client` asks it. Blender's process loads only `enumerations`, `info` and `json_types`, which need the standard library alone.
"""

"""The hub protocol (docs/hub-protocol.md) as Python: what the hub, the command line, the sync and the editors' add-ons share.

`models`, `answers`: sent by the hub; `bodies`: received; `enumerations`: their words; `info`: its address; `client`: requests.
Blender's process loads `enumerations`, `info` and `json_types` only (standard library).
"""

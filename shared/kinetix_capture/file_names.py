"""File names of an emote. Standard library only, so that a service without the models can import it."""

from __future__ import annotations

FILES = (
    *("animation-v2.glb", "animation-v2.kinanim", "animation-v2.fbx", "animation-v2.bvh", "animation.glb"),
    *("thumbnail.png", "thumbnail.gif", "preview.webp", "userData.json", "quality.json"),
)
"""Every file of an emote that is not an avatar's and that the API knows."""

FACE = "face.csv"
"""The weights of the face's shapes, of a take whose face was captured. The command line alone writes it."""

VRM_ANIMATION = "animation-v2.vrma"
"""The emote for models of VRM, which the command line alone writes."""

AVATAR_FILES = (
    *("animation.glb", "animation.kinanim", "animation.fbx"),
    *("thumbnail.png", "thumbnail.gif", "userData.json"),
)
"""Every file of an emote that is made for an avatar, under the names that the API's flat form knows."""

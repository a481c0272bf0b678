"""Sync targets as they travel, with how they are set and what became of them."""

from __future__ import annotations

from kinetix_core.protocol.hub.base_models import AsNamed, ErrorInfo, Model
from kinetix_core.protocol.hub.enumerations import (
    BoneMapping,
    Importer,
    LibraryForm,
    LoopMode,
    NameStyle,
    RootMotion,
    TargetState,
    WatchMode,
)
from kinetix_core.values.identity import EmoteId, TargetId


class SyncPreset(AsNamed):
    """Import settings for a file of the project.

    `include` and `exclude` are patterns on the path below the source folder, for the library on the emote's name; both end in `.glb`.
    """

    importer: Importer = Importer.ANIMATION_LIBRARY
    bone_map: BoneMapping = BoneMapping.AUTO
    root_motion: RootMotion = RootMotion.PATH
    loop: LoopMode = LoopMode.AUTO
    library: LibraryForm = LibraryForm.EACH
    names: NameStyle = NameStyle.AS_NAMED
    include: tuple[str, ...] = ("*.glb",)
    exclude: tuple[str, ...] = ()


class SyncCounts(Model):
    """Emotes of a target. `edited`: changed in the project and kept; `waiting`: still being written at the source."""

    synced: int
    conflicts: int
    deleted: int
    edited: int
    waiting: int


class Conflict(Model):
    """A file that changed on both sides. `side`: where the source's version lies beside it. The id is None for a file of a folder."""

    file: str
    emote_id: EmoteId | None
    reason: str
    side: str


class SyncProblem(Model):
    """A file of the source that must not enter the project."""

    file: str
    error: ErrorInfo


class SyncTarget(Model):
    """A folder of a Godot project that is kept in step with a source: `library`, or a folder. `deleted`: files, in the project."""

    id: TargetId
    project: str
    folder: str
    source: str
    state: TargetState
    watching: WatchMode
    watching_reason: str
    error: ErrorInfo | None
    preset: SyncPreset
    counts: SyncCounts
    conflicts: list[Conflict]
    deleted: list[str]
    problems: list[SyncProblem]
    last_sync: str | None


class SyncTargetChange(SyncTarget):
    """A sync target, and the project paths written and removed since the last event."""

    changed: list[str]
    removed: list[str]


class SyncState(Model):
    """The sync's part of the snapshot."""

    targets: list[SyncTarget]

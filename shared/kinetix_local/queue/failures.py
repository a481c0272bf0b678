"""Why a capture became no emote, in words."""

from __future__ import annotations

from kinetix_core.values.errors import KinetixError


def clip_gone() -> KinetixError:
    return KinetixError("The clip is not here any more.", code="clipGone", next_step="Upload it again.")


def begun_often(withheld: str | None) -> KinetixError:
    """`withheld`: what the storage said when it did not give the clip."""
    if withheld is None:
        return KinetixError("The capture was begun too often.", code="captureDied", next_step="Try another clip.")
    return KinetixError(
        "The storage does not give the clip.",
        code="clipWithheld",
        detail=withheld,
        next_step="Look after the storage, then upload the clip again.",
    )


def message_of(error: KinetixError) -> str:
    """Return the error as sentences: what is wrong, the numbers, and the next step."""
    if not (error.detail or error.next_step):
        return error.title
    parts = (part.strip() for part in (error.title, error.detail, error.next_step))
    return " ".join(part if part.endswith((".", "!", "?")) else f"{part}." for part in parts if part)

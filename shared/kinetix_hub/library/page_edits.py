"""Edits of Kinetix Local's library page (names, deletions, cuts, corrections), applied to the hub's library.

The page works on the service's own store, and the service does not know the hub: so the hub asks while the service runs. The service
keeps each edit until the hub says that it took it over; an edit that is taken over twice changes nothing the second time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from kinetix_core.protocol.local.models import AppliedEdits, LibraryEdit
from kinetix_core.values.errors import KinetixError
from kinetix_hub.library.emote import Emote
from kinetix_hub.library.library import Library
from kinetix_hub.services.port import Administer, Temporary

log = logging.getLogger(__name__)
_EDITS, _TAKEN_OVER = "/_local/library/edits", "/_local/library/edits/taken-over"


class Fetch(Protocol):
    """Takes emotes of a user's bag into the library. Blocks. Raises Temporary and KinetixError."""

    def __call__(self, profile_name: str, user: str, *, only: Collection[str]) -> object: ...


_ANSWER = TypeAdapter(list[LibraryEdit])


class PageEdits:
    def __init__(
        self,
        administer: Administer,
        library: Library,
        is_local: Callable[[str], bool],
        fetch: Fetch,
    ) -> None:
        """`is_local`: whether a profile's emotes come from Kinetix Local."""
        self._administer, self._library, self._is_local, self._fetch = administer, library, is_local, fetch

    def look(self) -> int:
        """Take over what waits; return how many edits that were. Raises Temporary."""
        answer = self._administer("GET", _EDITS)
        if not answer:
            return 0
        try:
            edits = _ANSWER.validate_python(answer)
        except ValidationError as error:
            log.error("the library page reported an invalid edit: %s", error)
            return 0
        for edit in edits:
            try:
                self._take_over(edit)
            except KinetixError as error:
                log.warning("an edit of %s on the library page was left out: %s", edit.emote, error.title)
        self._fetch_new(edits)
        self._administer("POST", _TAKEN_OVER, AppliedEdits(versions=[edit.version for edit in edits]).as_dict())
        return len(edits)

    def _fetch_new(self, edits: list[LibraryEdit]) -> None:
        """Fetch emotes that entered a bag on the page, for users of whom this library has something."""
        for user in dict.fromkeys(edit.user for edit in edits):
            new = {edit.emote for edit in edits if edit.user == user and edit.deleted is False}
            missing = {emote for emote in new if self._library.index.find(emote) is None}
            every = self._library.index.all() if missing else ()
            profile = next((one.profile for one in every if one.user == user and self._is_local(one.profile)), None)
            if profile is not None:
                try:
                    self._fetch(profile, user, only=missing)
                except Temporary:
                    raise  # the edits wait
                except KinetixError as error:
                    log.warning("what was made of %s on the library page is left out: %s", user, error.title)

    def _take_over(self, edit: LibraryEdit) -> None:
        with self._library.lock:
            emote = self._library.index.find(edit.emote)
            if emote is None or not self._is_local(emote.profile):
                return  # it was never fetched, or another service has one of this id
            self._rename(edit)  # also what goes into the bin: it may come back
            if edit.deleted is not None and emote.user == edit.user:
                self._delete_or_restore(emote, deleted=edit.deleted)
                self._rename(edit)

    def _rename(self, edit: LibraryEdit) -> None:
        if edit.name is not None and self._is_here(edit.emote):
            self._library.rename(edit.emote, edit.name)

    def _delete_or_restore(self, emote: Emote, *, deleted: bool) -> None:
        if deleted:
            for version in [emote, *self._other_versions(emote)]:
                if version.deleted is None:
                    self._library.delete(version.id)
        else:
            if emote.deleted is not None:
                self._library.restore(emote.id)
            self._library.make_current(emote.id)  # of its versions a bag has one

    def _other_versions(self, emote: Emote) -> list[Emote]:
        """Those that the page does not show, as the bag has one of them: nobody wants another one in place of what they deleted."""
        every = self._library.index.all()
        return [
            one
            for one in every
            if one.captured == emote.captured and one.profile == emote.profile and one.id != emote.id
        ]

    def _is_here(self, emote_id: str) -> bool:
        found = self._library.index.find(emote_id)
        return found is not None and found.deleted is None

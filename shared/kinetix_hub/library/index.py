"""The library's rows in hub.db. Emotes are read from the disk, not held in memory."""

from __future__ import annotations

from collections.abc import Iterator

from kinetix_core.values.errors import MissingError
from kinetix_hub.database import Database
from kinetix_hub.library.emote import Emote

_PAGE = 500


class Index:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, emote_id: str, *, deleted: bool = False) -> Emote:
        """Return an emote of the library; with `deleted` also one in the bin. Raises KinetixError."""
        emote = self.find(emote_id)
        if emote is None or (emote.deleted is not None and not deleted):
            raise MissingError(
                "There is no such emote in the library.",
                code="emoteNotFound",
                next_step="Refresh the list: it may have been deleted.",
            )
        return emote

    def find(self, emote_id: str) -> Emote | None:
        rows = self._database.read("SELECT * FROM emotes WHERE id=?", [emote_id])
        return Emote.from_row(rows[0]) if rows else None

    def save(self, *emotes: Emote) -> None:
        """Save all emotes or none."""
        with self._database.write() as connection:
            for emote in emotes:
                row = emote.row()
                connection.execute(
                    f"INSERT OR REPLACE INTO emotes({','.join(row)}) VALUES({','.join('?' * len(row))})",
                    [*row.values()],
                )

    def remove(self, emote_id: str) -> None:
        with self._database.write() as connection:
            connection.execute("DELETE FROM emotes WHERE id=?", [emote_id])

    def folders(self, *, but: str = "") -> set[str]:
        """Return the folder of every emote, including the bin."""
        return {row["folder"] for row in self._database.read("SELECT folder FROM emotes WHERE id<>?", [but])}

    def shares(self, sha256: str) -> int:
        return int(self._database.read("SELECT count(*) AS n FROM emotes WHERE sha256=?", [sha256])[0]["n"])

    def bytes_used(self) -> int:
        return int(self._database.read("SELECT coalesce(sum(bytes), 0) AS n FROM emotes")[0]["n"])

    def count(self) -> int:
        return int(self._database.read("SELECT count(*) AS n FROM emotes WHERE deleted IS NULL")[0]["n"])

    def all(self, *, deleted: bool = False, text: str = "") -> Iterator[Emote]:
        """Yield the emotes, newest first, page by page: without a lock and with little memory."""
        query = f"SELECT * FROM emotes WHERE deleted IS {'NOT ' if deleted else ''}NULL"
        values: list[object] = []
        if text:
            like = f"%{text.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
            query += " AND (name LIKE ? ESCAPE '!' OR user LIKE ? ESCAPE '!' OR id=?)"
            values = [like, like, text]
        last: tuple[float, str] | None = None
        while True:
            after = " AND (created, id) < (?, ?)" if last else ""
            rows = self._database.read(
                f"{query}{after} ORDER BY created DESC, id DESC LIMIT {_PAGE}", [*values, *(last or ())]
            )
            yield from map(Emote.from_row, rows)
            if len(rows) < _PAGE:
                return
            last = (rows[-1]["created"], rows[-1]["id"])

"""Webhooks out. The row of a delivery is written in the transaction of the step it reports; sending it never holds a process up."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import hmac
import json
import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select, update

from kinetix_core.api.guard import Adapter, Guard, guarded
from kinetix_core.values.errors import mask
from kinetix_local.host import Host
from kinetix_local.places import Places, host_of
from kinetix_local.store import process_steps
from kinetix_local.store.sql import rows
from kinetix_local.store.sql.database import insert_missing
from kinetix_local.store.sql.rows import ProcessRow
from kinetix_local.store.sql.tables import deliveries, keys, worlds
from kinetix_local.store.worlds import new_uuid

_LOG = logging.getLogger(__name__)
_TIMEOUT_S, _TOTAL_S = (5.0, 10.0), 15.0  # without a byte; of one try, however slowly the bytes come
_PLACES, _EACH = 16, 2  # at the same time; of them to one host
_SLACK_MS = 1000
_SILENT_MS = 60_000  # another service that had a webhook in hand for so long is gone: no try lasts as long
_ANSWER_KEPT = 500  # characters of an answer that the log keeps


def signature(key: str, body: bytes) -> str:
    """`x-signature`: lower-case hex HMAC-SHA256 of the raw body with the API key."""
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def note(
    db: Connection,
    process: ProcessRow,
    step: str,
    now: int,
    *,
    configuration: Mapping[str, Any] | None = None,
    message: str | None = None,
) -> None:
    """Write the delivery that `step` asks for, once per process and status.

    `configuration` is that of the process's world, where it is known; `message` goes into the body.
    """
    status = process_steps.webhook(step)
    if status is None:
        return
    if configuration is None:
        query = select(worlds.c.configuration).where(worlds.c.id == process.world_id)
        configuration = db.execute(query).scalar() or {}
    url = configuration.get("webhookUri")
    if not url:
        return
    extra = {} if message is None else {"errorMessage": message}
    body = {
        "uuid": process.uuid,
        "user": process.external_id,
        "status": status,
        "emote": process.emote,
        "name": process.name,
    }
    insert_missing(
        db,
        deliveries,
        {
            "uuid": new_uuid(),
            "world_id": process.world_id,
            "key_id": process.key_id,
            "process": process.uuid,
            "status": status,
            "url": url,
            "body": json.dumps(body | extra, ensure_ascii=False, separators=(",", ":")),
            "state": "waiting",
            "attempts": [],
            "next_at": now,
            "created_at": now,
        },
    )


class _Due(NamedTuple):
    """A delivery that waits, with the key that signs it."""

    id: int
    process: str
    status: str
    url: str
    body: str
    attempts: list[dict[str, Any]]
    next_at: int
    sender: str | None
    sealed: str | None


class Outbox:
    """Sends what is due: earlier events of a process first, with growing pauses, until accepted or given up."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._wake = asyncio.Event()
        self._places = Places("webhook", _PLACES, _EACH)
        self._sending: dict[int, asyncio.Task[None]] = {}
        # Since when, in ticks of the clock, another service has had this try of this webhook in hand.
        self._elsewhere: dict[tuple[int, str, int], int] = {}

    def wake(self) -> None:
        """Call on the event loop's thread after a delivery was written."""
        self._wake.set()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._host.threads, self._take_back)
        while True:
            self._wake.clear()
            due, pause_s = await loop.run_in_executor(self._host.threads, self._due)
            for row in due:
                sending = asyncio.create_task(self._places.run(host_of(row.url), functools.partial(self._send, row)))
                self._sending[row.id] = sending
                sending.add_done_callback(functools.partial(self._sent, row.id))
            # Not `wait_for`: in Python 3.11 it can swallow the cancellation that ends this loop.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._wake.wait()

    def close(self) -> None:
        for sending in self._sending.values():
            sending.cancel()
        self._places.close()

    def _sent(self, delivery: int, done: asyncio.Future[None]) -> None:
        del self._sending[delivery]
        if not done.cancelled() and (error := done.exception()) is not None:
            _LOG.error("how a webhook went could not be noted; it is sent again", exc_info=error)
        self.wake()

    def _take_back(self) -> None:
        """Take back the deliveries that this service held when it stopped."""
        own = (deliveries.c.state == "waiting") & (deliveries.c.sender == self._host.replica)
        with self._host.database.write() as db:
            db.execute(update(deliveries).where(own).values(sender=None))

    def _claim(self, row: _Due) -> bool:
        """Take it in hand; False when another service was faster."""
        same = (deliveries.c.id == row.id) & (deliveries.c.state == "waiting") & (deliveries.c.next_at == row.next_at)
        seen = deliveries.c.sender.is_(None) if row.sender is None else deliveries.c.sender == row.sender
        with self._host.database.write(durable=False) as db:
            claimed = db.execute(update(deliveries).where(same, seen).values(sender=self._host.replica))
        return claimed.rowcount > 0

    def _is_elsewhere(self, rows_waiting: list[_Due]) -> set[int]:
        """Return those that another service has in hand, unless it has had them for too long by this one's steady clock."""
        now = self._host.clock.ticks()
        seen = {
            (row.id, row.sender, len(row.attempts))
            for row in rows_waiting
            if row.sender is not None and row.sender != self._host.replica
        }
        self._elsewhere = {one: self._elsewhere.get(one, now) for one in seen}
        return {one[0] for one, since in self._elsewhere.items() if now - since < _SILENT_MS}

    def _due(self) -> tuple[list[_Due], float]:
        """Return the deliveries that are due, and the seconds until the next one."""
        now = self._host.clock.now()
        first = select(func.min(deliveries.c.id)).where(deliveries.c.state == "waiting").group_by(deliveries.c.process)
        with self._host.database.read() as db:
            query = (
                select(*(deliveries.c[name] for name in _Due._fields if name != "sealed"), keys.c.sealed)
                .join(keys, keys.c.id == deliveries.c.key_id)
                .where(deliveries.c.id.in_(first))
                .order_by(deliveries.c.id)
            )
            waiting = rows.every(db, _Due, query)
        elsewhere = self._is_elsewhere(waiting)
        here = [row for row in waiting if row.id not in self._sending and row.id not in elsewhere]
        waits = [(row, self._wait_ms(row, now)) for row in here]
        later = [wait for _, wait in waits if wait > 0]
        return [row for row, wait in waits if wait <= 0], max(0.02, min([60_000, *later]) / 1000)

    def _wait_ms(self, row: _Due, now: int) -> int:
        """Return the remaining wait of a delivery: never longer than its pause, so that a clock set back delays nothing."""
        pause = self._pause_ms(len(row.attempts))
        left = row.next_at - now
        return left if left <= pause + _SLACK_MS else 0

    def _pause_ms(self, attempts: int) -> int:
        """After so many attempts."""
        delays = self._host.settings.webhook_delays_s
        return int(delays[min(attempts, len(delays)) - 1] * 1000) if attempts and delays else 0

    def _send(self, row: _Due) -> None:
        if not self._claim(row):
            return
        key = self._host.seal.open(row.sealed)
        status, text, final = None, "", False
        if key is None:
            text, final = "The key that signs it is not known here.", True
        elif not row.url.lower().startswith(("http://", "https://")):
            text, final = "Only http and https addresses can be called.", True
        else:
            status, text = self._post(row.url, row.body.encode(), key)
        self._record(row, status, text, final)

    def _post(self, url: str, body: bytes, key: str) -> tuple[int | None, str]:
        import requests

        session = requests.Session()
        for scheme in ("http://", "https://"):
            session.mount(scheme, Adapter())
        headers = {
            "content-type": "application/json",
            "user-agent": "kinetix-local",
            # Receivers look this name up as it is written here.
            "x-signature": signature(key, body),
        }
        try:
            with (
                guarded(Guard(deadline_s=_TOTAL_S, cancelled=self._host.is_stopping)),
                session,
                session.post(
                    url, data=body, headers=headers, timeout=_TIMEOUT_S, allow_redirects=False, stream=True
                ) as answer,
            ):
                text = answer.raw.read(_ANSWER_KEPT, decode_content=True) or b""
                return answer.status_code, text.decode("utf-8", "replace")
        except Exception as error:  # noqa: BLE001 - also urllib3's own errors while reading the answer
            return None, mask(f"{type(error).__name__}: {error}")[:_ANSWER_KEPT]

    def _record(self, row: _Due, status: int | None, text: str, final: bool) -> None:
        now = self._host.clock.now()
        attempts = [*row.attempts, {"at": now, "status": status, "answer": text}]
        delays = self._host.settings.webhook_delays_s
        values: dict[str, Any] = {"attempts": attempts, "sender": None}
        if status is not None and 200 <= status < 300:
            values |= {"state": "delivered", "next_at": None, "ended_at": now}
        elif final or len(attempts) > len(delays):
            values |= {"state": "failed", "next_at": None, "ended_at": now}
            _LOG.warning("gave up webhook %s of process %s after %s tries", row.status, row.process, len(attempts))
        else:
            values["next_at"] = now + self._pause_ms(len(attempts))
        with self._host.database.write() as db:
            db.execute(update(deliveries).where(deliveries.c.id == row.id).values(**values))

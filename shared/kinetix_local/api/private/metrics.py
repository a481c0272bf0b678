"""Metrics for operators in Prometheus' text format (version 0.0.4), from the database, so that all replicas agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from kinetix_core import __version__
from kinetix_local.api.instance import Service
from kinetix_local.store import process_steps
from kinetix_local.store.blobs import StorageError
from kinetix_local.store.queue import captures
from kinetix_local.store.sql.tables import captures as captures_table
from kinetix_local.store.sql.tables import deliveries, machines, processes

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_HOUR_MS = 3_600_000


class _Sample(NamedTuple):
    labels: Mapping[str, str]
    value: float


class _Metric(NamedTuple):
    name: str
    kind: str
    about: str
    samples: list[_Sample]


def text(service: Service, db: Connection) -> str:
    """One block for each metric: what it is, its kind, its samples."""
    return "".join(_block(metric) for metric in _metrics(service, db))


def _metrics(service: Service, db: Connection) -> Iterable[_Metric]:
    waiting, running = captures.counts(db)
    now = service.clock.now()
    oldest = db.execute(select(func.min(captures_table.c.created_at)).where(captures_table.c.worker.is_(None))).scalar()
    yield _one("kinetix_build_info", "gauge", "Version of this service.", 1, version=__version__)
    yield _one("kinetix_captures_waiting", "gauge", "Captures that wait for a worker.", waiting)
    yield _one("kinetix_captures_running", "gauge", "Captures that a worker holds.", running)
    yield _one(
        "kinetix_captures_oldest_wait_seconds",
        "gauge",
        "How long the capture that came first has waited.",
        0 if oldest is None else max(0, now - oldest) / 1000,
    )
    yield _Metric(
        "kinetix_captures_stage",
        "gauge",
        "Running captures by stage.",
        [_Sample({"stage": str(stage)}, count) for stage, count in captures.stages(db).items()],
    )
    since = processes.c.ended_at >= now - _HOUR_MS
    ended = db.execute(select(processes.c.step, func.count()).where(since).group_by(processes.c.step))
    yield _Metric(
        "kinetix_processes_ended_last_hour",
        "gauge",
        "Processes that ended within the last hour, by how.",
        [_Sample({"group": process_steps.group(step), "step": step}, count) for step, count in ended],
    )
    yield _Metric(
        "kinetix_failures_last_hour",
        "gauge",
        "Processes that failed within the last hour, by reason.",
        [_Sample({"reason": reason}, count) for reason, count in _reasons(db, now - _HOUR_MS).items()],
    )
    undelivered = select(func.count()).select_from(deliveries).where(deliveries.c.state == "waiting")
    yield _one(
        "kinetix_webhooks_waiting", "gauge", "Webhooks that were not accepted yet.", db.execute(undelivered).scalar()
    )
    joined = select(func.count()).select_from(machines).where(machines.c.is_deleted.is_(False))
    yield _one("kinetix_machines", "gauge", "Machines that may capture for this service.", db.execute(joined).scalar())
    yield _one(
        "kinetix_leases_freed_total", "counter", "Captures whose worker was not heard any more.", service.leases.freed
    )
    yield _one(
        "kinetix_disk_free_bytes",
        "gauge",
        "Free space where files are kept, or are on their way to the storage.",
        service.blobs.free_bytes(),
    )
    yield _one("kinetix_storage_up", "gauge", "Whether the storage of files answers.", _answers(service))


def _answers(service: Service) -> bool:
    try:
        service.blobs.check()
    except StorageError:
        return False
    return True


def _reasons(db: Connection, since: int) -> Mapping[str, int]:
    query = select(processes.c.failure).where(processes.c.ended_at >= since, processes.c.failure.is_not(None))
    counts: dict[str, int] = {}
    for failure in db.execute(query).scalars():
        code = (failure or {}).get("code", "unknown")
        counts[code] = counts.get(code, 0) + 1
    return counts


def _one(name: str, kind: str, about: str, value: float | None, **labels: str) -> _Metric:
    return _Metric(name, kind, about, [_Sample(labels, value or 0)])


def _block(metric: _Metric) -> str:
    head = f"# HELP {metric.name} {metric.about}\n# TYPE {metric.name} {metric.kind}\n"
    return head + "".join(f"{metric.name}{_labels(one.labels)} {one.value:g}\n" for one in metric.samples)


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')

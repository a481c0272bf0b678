"""Metrics for operators in Prometheus' text format (version 0.0.4), from the database, so that all replicas agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

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


_Samples = Iterable[tuple[Mapping[str, str], float]]
"""Labels and value of each."""


def text(service: Service, db: Connection) -> str:
    """One block for each metric: what it is, its kind, its samples."""
    return "".join(_block(*metric) for metric in _metrics(service, db))


def _metrics(service: Service, db: Connection) -> Iterable[tuple[str, str, _Samples | float]]:
    """Name, help and samples; a number is the only sample, without labels."""
    waiting, running = captures.counts(db)
    now = service.clock.now()
    oldest = db.execute(select(func.min(captures_table.c.created_at)).where(captures_table.c.worker.is_(None))).scalar()
    yield "build_info", "Version of this service.", [({"version": __version__}, 1)]
    yield "captures_waiting", "Captures that wait for a worker.", waiting
    yield "captures_running", "Captures that a worker holds.", running
    wait_s = 0 if oldest is None else max(0, now - oldest) / 1000
    yield "captures_oldest_wait_seconds", "How long the capture that came first has waited.", wait_s
    stages = [({"stage": str(stage)}, count) for stage, count in captures.stages(db).items()]
    yield "captures_stage", "Running captures by stage.", stages
    since = processes.c.ended_at >= now - _HOUR_MS
    ended = db.execute(select(processes.c.step, func.count()).where(since).group_by(processes.c.step))
    groups = [({"group": process_steps.group(step), "step": step}, count) for step, count in ended]
    yield "processes_ended_last_hour", "Processes that ended within the last hour, by how.", groups
    failures = db.execute(select(processes.c.failure).where(since, processes.c.failure.is_not(None))).scalars()
    reasons = Counter((failure or {}).get("code", "unknown") for failure in failures)
    samples = [({"reason": reason}, count) for reason, count in reasons.items()]
    yield "failures_last_hour", "Processes that failed within the last hour, by reason.", samples
    undelivered = select(func.count()).select_from(deliveries).where(deliveries.c.state == "waiting")
    yield "webhooks_waiting", "Webhooks that were not accepted yet.", db.execute(undelivered).scalar_one()
    joined = select(func.count()).select_from(machines).where(machines.c.is_deleted.is_(False))
    yield "machines", "Machines that may capture for this service.", db.execute(joined).scalar_one()
    yield "leases_freed_total", "Captures whose worker was not heard any more.", service.leases.freed
    about = "Free space where files are kept, or are on their way to the storage."
    yield "disk_free_bytes", about, service.blobs.free_bytes()
    yield "storage_up", "Whether the storage of files answers.", _answers(service)


def _answers(service: Service) -> bool:
    try:
        service.blobs.check()
    except StorageError:
        return False
    return True


def _block(name: str, about: str, found: _Samples | float) -> str:
    kind = "counter" if name.endswith("_total") else "gauge"
    samples: _Samples = [({}, found)] if isinstance(found, (int, float)) else found
    head = f"# HELP kinetix_{name} {about}\n# TYPE kinetix_{name} {kind}\n"
    return head + "".join(f"kinetix_{name}{_labels(labels)} {value:g}\n" for labels, value in samples)


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')

"""Starts the service on a port of this machine and tells where it is in `serve.json`."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
from pathlib import Path
from typing import Any

from kinetix_core.io import files, paths
from kinetix_core.serving.garbage import collect_as_usual
from kinetix_core.serving.listeners import Budget, Limits, raise_descriptor_limit, share_of_descriptors
from kinetix_core.serving.process import end_within, forbid_core_dumps
from kinetix_core.serving.process_lock import ProcessLock
from kinetix_core.values.errors import KinetixError
from kinetix_local.api.app import App
from kinetix_local.api.instance import MakePages, Service, Store, default_world
from kinetix_local.api.listening import lan as lan_door
from kinetix_local.api.listening.listener import bind, configuration, server
from kinetix_local.api.listening.phones import Phones
from kinetix_local.store.clock import Clock

_STOP_S = 5.0  # the state is safe at every moment; a hub that stops as well has to be done within ten seconds


def take_folder(folder: Path) -> ProcessLock:
    """The right to serve from this home folder, until it is released. Raises KinetixError while a service has it."""
    lock = ProcessLock(paths.own(folder) / "serve.lock")
    if not lock.take():
        raise KinetixError(
            "Kinetix Local runs already for this folder.",
            code="alreadyRunning",
            detail=str(folder),
            next_step="Use the one that runs (its address is in serve.json), or start with another --home.",
        )
    return lock


def serve(
    folder: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    database_url: str | None = None,
    shared: Path | None = None,
    storage: str | None = None,
    lan: bool = False,
    lan_port: int = 0,
    https: bool = False,
    idle_exit_s: float = 0.0,
    ready: Any = None,
    make_pages: MakePages | None = None,
    **given: Any,
) -> None:
    """Run until SIGINT or SIGTERM. `ready(info)` is called once it answers. `given` are settings.

    `idle_exit_s`: ends by itself after so long without a request and without work; 0 is never. A hub that was killed and never
    started again would otherwise leave its service behind for ever.

    `make_pages` gives the routes of the pages; it is called once something of the service's own is first asked for.

    `lan` opens a second listener for phones (see lan.py), with a self-signed certificate when `https` is set.
    """
    raise_descriptor_limit()
    forbid_core_dumps()
    lock = take_folder(folder)
    try:
        bound = bind(host, port)
        port = bound.getsockname()[1]
        shown = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host
        url = f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
        store = Store(folder, database_url, shared=shared, storage=storage, thorough=True)
        key, world = default_world(store, Clock())
        admin = store.seal.token("administrator")  # the same at every service, as a balancer picks any of them
        if shown != host and not given.get("public_url"):
            given["public_url"] = f"http://{lan_door.address()}:{port}"
        for state in (folder, *folder.glob("*/")):
            files.sweep(state)
        phones = Phones(folder)
        if lan:
            opened = phones.bind(lan_port, https=https)
            given["page_url"] = given.get("page_url") or opened["url"]
        service = Service(store, url, admin, **given)
        info = {
            "url": url,
            "pid": os.getpid(),
            "port": port,
            "startId": service.start_id,
            "apiKey": key,
            "world": world,
            "adminToken": admin,
        }
        app = App(service, make_pages)
        room = share_of_descriptors(0.5, 512)
        budget = Budget(Limits(connections=room, strangers=room // 2))
        # One core serves; captures have their own processes.
        config = configuration(app, budget, lifespan="on", timeout_keep_alive=75, loop="auto")
        info_file = folder / "serve.json"

        def stopping() -> None:
            end_within(_STOP_S, lambda: info_file.unlink(missing_ok=True))
            phones.begin_close()

        main = server(config, budget, on_stop=stopping)
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(_run(main, bound, info_file, info, ready, phones, app, idle_exit_s))
        store.close()
    finally:
        lock.release()


async def _run(
    main: Any,
    bound: socket.socket,
    path: Path,
    info: dict[str, Any],
    ready: Any,
    phones: Phones,
    app: App,
    idle_exit_s: float,
) -> None:
    serving = asyncio.create_task(main.serve(sockets=[bound]))
    while not main.started and not serving.done():
        await asyncio.sleep(0.01)

    def tell(lan: dict[str, Any] | None) -> None:
        info.pop("lan", None)
        files.write(path, json.dumps(info | ({"lan": lan} if lan else {})), private=True)

    if main.started:
        phones.attach(app, app.service, tell)
        app.service.phones = phones
        if phones.info is None:
            tell(None)
        else:
            await phones.serve()
        if ready is not None:
            ready(info)
        collect_as_usual()
    try:
        while idle_exit_s and not serving.done():
            await asyncio.wait([serving], timeout=min(idle_exit_s, 5.0))
            if app.idle_s() >= idle_exit_s and not app.service.runner.busy():
                main.should_exit = True
                break
        await serving
    finally:
        path.unlink(missing_ok=True)
        await phones.close()
    if not main.started:
        raise KinetixError(
            "Kinetix Local did not start.",
            code="notStarted",
            detail="The reason is in the log above.",
            next_step="Check the free space and the permissions of its folder.",
        )


def quiet_log(level: int = logging.INFO) -> None:
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in ("uvicorn", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)

"""A hub with all that may happen around it, as the seed says: kills, a disk that refuses, people and repairs.

A real hub with its Kinetix Local, the quick stand-in capture, the sync into two Godot projects (from the library, and from
a folder into one of them), a front end that polls and one with a web socket.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import psutil

from kinetix_core.io import files
from kinetix_hub.library.verify import sha256_of
from tests.faults.front_end import FrontEnd
from tests.faults.kill import Run, check_databases
from tests.support.present import present
from tests.support.waiting import LIMIT_S, until

__all__ = ["REJECTED", "Torture"]

REJECTED = {"REJECT:nobody", "BUG", "CRASH"}
"""Clips that the stand-in refuses every time."""


class Torture(Run):
    """A run, and what people in it did outside the hub.

    Attributes:
        users: files that a person wrote, and their contents.
        given_up: of each project, contents of emotes that a person deleted or wrote over there.
    """

    CLIPS = ("SLOW:0.0", "SLOW:0.3", "SLOW:0.8", "SLOW:0.0", "REJECT:nobody", "BUG", "CRASH")
    NAMES = ("Balance", "balance", "Jump", "動作", "Señal", "Sen\u0303al", "nul", "a/b:c", "..", "🕺")

    def __init__(self, home: Path, seed: int) -> None:
        super().__init__(home, seed)
        outside = home.parent
        self.users: dict[Path, bytes] = {}
        self.given_up: dict[Path, Counter[str]] = {}
        self.done: Counter[str] = Counter()
        self.stops: list[float] = []
        self.projects = [outside / "game 1", outside / "Spiel 2"]
        self.source = outside / "exports"
        self.source.mkdir()
        for project in self.projects:
            (project / "emotes").mkdir(parents=True)
            (project / ".godot").mkdir()
            (project / "project.godot").write_text("config_version=5\n", encoding="utf-8")
            self.given_up[project / "emotes"] = Counter()
            self._write(project / "emotes" / "Balance.glb", b"a person's own, of an emote's name")
            self._write(project / "player.gd", b"extends Node\n")
        self.given_up[self.projects[0] / "art"] = Counter()
        self.fronts = [FrontEnd(self.found, socket=socket) for socket in (False, True)]
        self._threads: list[threading.Thread] = []

    def _write(self, path: Path, data: bytes) -> None:
        path.write_bytes(data)
        self.users[path] = data

    # What people do.

    def _choose(self, rows: list[Any]) -> Any:
        return self.chance.choice(rows) if rows else None

    def tell_job(self) -> None:
        """A command to any job, whether it fits or not."""
        job = self._choose([*self.asked])
        if job:
            self.call("POST", f"/jobs/{job}/{self.chance.choice(['cancel', 'retry', 'validate'])}")

    def forget_job(self) -> None:
        job = self._choose([*self.asked])
        if job and self.call("DELETE", f"/jobs/{job}") is not None:
            del self.asked[job]

    def _emote(self, path: str = "/emotes") -> str:
        found = self.call("GET", path)
        emote = self._choose(sorted(row["id"] for row in found["emotes"]) if found else [])
        return emote or ""

    def rename_emote(self) -> None:
        if emote := self._emote():
            name = f"{self.chance.choice(self.NAMES)} {self.chance.randrange(3)}"
            self.call("PATCH", f"/emotes/{emote}", {"name": name, "pinned": self.chance.random() < 0.5})

    def delete_emote(self) -> None:
        if emote := self._emote():
            self.call("DELETE", f"/emotes/{emote}")

    def restore_emote(self) -> None:
        if emote := self._emote("/emotes/deleted"):
            self.call("POST", f"/emotes/{emote}/restore")

    def repair(self) -> None:
        """Beside whatever comes next."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        if not self._threads:
            self._threads.append(threading.Thread(target=self.call, args=("POST", "/doctor/fix"), daemon=True))
            self._threads[-1].start()

    def _project_file(self) -> Path | None:
        folder = self.chance.choice(sorted(self.given_up))
        found = sorted(folder.glob("*.glb")) if folder.is_dir() else []
        chosen: Path | None = self._choose([path for path in found if path not in self.users])
        return chosen

    def edit_in_project(self) -> None:
        """Edit a file in place at once, as a program does."""
        if path := self._project_file():
            with contextlib.suppress(FileNotFoundError):  # renamed just now
                self.given_up[path.parent][sha256_of(path)] += 1
                data = f"a person's {self.done.total()}".encode()
                files.write(path, data)
                self.users[path] = data

    def delete_in_project(self) -> None:
        if path := self._project_file():
            with contextlib.suppress(FileNotFoundError):
                self.given_up[path.parent][sha256_of(path)] += 1
                path.unlink()

    def export(self) -> None:
        """An artist's program writes, renames or deletes a file in the source folder."""
        wanted = self.source / f"{self.chance.choice('abc')}.glb"
        others = sorted(self.source.glob("*.glb"))
        what = self.chance.random()
        if what < 0.6 or not others:
            from tests.support.fast_capture import _glb

            wanted.write_bytes(_glb(f"export {self.done.total()}"))
        elif what < 0.8:
            self.chance.choice(others).replace(wanted)
        else:
            self.chance.choice(others).unlink()

    def damage_library(self) -> None:
        """A disk that lost half a file."""
        glbs = sorted((self.home / "library").glob("[!.]*/*.glb"))
        if path := self._choose(glbs):
            with contextlib.suppress(FileNotFoundError):
                os.truncate(path, path.stat().st_size // 2)

    # What the machine does.

    def stop_hub(self) -> None:
        """In order, whatever is open; with SIGTERM or by asking."""
        if self.found() is None:
            return
        begin = time.monotonic()
        if self.chance.random() < 0.5:
            present(self.process).terminate()
        else:
            self.call("POST", "/shutdown")
        self.ended()
        self.stops.append(time.monotonic() - begin)
        self.launch()

    def freeze_service(self) -> None:
        with contextlib.suppress(psutil.Error):
            if service := self.running("kinetix_local"):
                service.suspend()
                time.sleep(0.3)
                service.resume()

    def fill_disk(self) -> None:
        """A limit on file size is as good as a full disk; children that start meanwhile inherit it."""
        import resource

        self.wait_ready()  # a hub that cannot begin ends, and here nobody starts the next one
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        self._limit((self.chance.choice([0, 4096, 60_000]), hard))
        self.ask()
        time.sleep(0.3)
        self._limit((hard, hard))
        self._limit((hard, hard))

    def _limit(self, limits: tuple[int, int]) -> None:
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                process.rlimit(psutil.RLIMIT_FSIZE, limits)

    def _weights(self) -> dict[Callable[[], Any], float]:
        """Return the actions and their weights. The disk is filled only where file sizes can be limited: not on Windows and macOS."""
        full = {self.fill_disk: 0.7} if hasattr(psutil.Process, "rlimit") else {}
        return {
            self.ask: 10, self.tell_job: 5, self.forget_job: 1, self.rename_emote: 4, self.delete_emote: 1.5, self.restore_emote: 1,
            self.repair: 1, self.edit_in_project: 1, self.delete_in_project: 1, self.export: 4, self.damage_library: 1,
            self.restart_hub: 1, self.kill_service: 0.7, self.kill_worker: 0.7, self.stop_hub: 0.4, self.freeze_service: 0.4,
            **full,
        }  # fmt: skip

    def so_many(self, rounds: int) -> Iterator[Callable[[], Any]]:
        """Each action at least once, and as often as its weight says, in the seed's order: however slow the machine is."""
        actions = [action for action, weight in self._weights().items() for _ in range(max(1, round(rounds * weight)))]
        self.chance.shuffle(actions)
        yield from actions

    def for_so_long(self, seconds: float) -> Iterator[Callable[[], Any]]:
        """Actions by chance until the time is over."""
        actions, weights = zip(*self._weights().items(), strict=True)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            yield self.chance.choices(actions, weights)[0]

    def carry_out(self, actions: Iterable[Callable[[], Any]], check: Callable[[Torture], None]) -> None:
        """One action after another; when it is quiet in between, `check` looks at the hub."""
        self.launch()
        self.wait_ready()
        self._add_targets()
        for front in self.fronts:
            front.start()
        pause = time.monotonic() + 120
        for action in actions:
            self.done[action.__name__] += 1
            action()
            self.sample()
            if self.chance.random() < 0.5:  # else at once, while the last thing is still going on
                if self.chance.random() < 0.8:
                    self.wait_ready()
                time.sleep(self.chance.random() * 0.4)
            if time.monotonic() > pause:
                self.settle()
                check(self)
                pause = time.monotonic() + 120
        self._tell_the_fronts()

    def _tell_the_fronts(self) -> None:
        """Both are there still, or again, and hear of what is asked for now."""
        self.wait_ready()
        before = [front.events for front in self.fronts]

        def are_told() -> bool:
            self.ask()
            return all(front.events > known for front, known in zip(self.fronts, before, strict=True))

        until(are_told, self.log_end, pause_s=0.5)

    def _add_targets(self) -> None:
        for body in (
            *({"project": str(project), "folder": "emotes", "source": "library"} for project in self.projects),
            {"project": str(self.projects[0]), "folder": "art", "source": str(self.source)},
        ):
            assert self.call("POST", "/sync/targets", body), self.log_end()

    def settle(self) -> None:
        """All ended; what failed for this run's sake is tried again; nobody looks away from the sync."""
        self.wait_ready()
        for thread in self._threads:
            thread.join(LIMIT_S)
        super().settle()
        for job in self.jobs():
            if job["state"] == "failed" and self.asked.get(job["id"], "BUG") not in REJECTED:
                assert self.call("POST", f"/jobs/{job['id']}/retry"), job
        super().settle()
        assert self.call("POST", "/doctor/fix") is not None, self.log_end()
        for target in self.call("GET", "/sync/targets")["targets"]:
            # What a person deleted stays deleted, whatever the source has for it later, until he wants it back.
            for wishes in ({"acceptEmpty": True}, {"acceptEmpty": True, "restore": True}):
                assert self.call("POST", f"/sync/targets/{target['id']}/run", wishes), self.log_end()

    def summary(self) -> str:
        told = {front.name: (front.snapshots, front.events) for front in self.fronts}
        return (
            f"{super().summary()}; {self.done.total()} actions {dict(self.done)}; refused {dict(self.refused)}; "
            f"slowest stop {max(self.stops):.1f} s; snapshots and events {told}"
        )

    def finish(self) -> None:
        """Stop in order, and looks at what is left."""
        for front in self.fronts:
            front.stop()
        begin = time.monotonic()
        self.stop()
        until(lambda: not self.processes(), self.processes)
        self.stops.append(time.monotonic() - begin)
        assert present(self.process).returncode == 0, self.log_end()
        check_databases(self)
        assert not (self.home / "hub" / "hub.json").exists()

"""Random actions on both sides and crashes: nothing of the user's is lost, and all converges."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from kinetix_godot.manifest import RecordState
from kinetix_godot.run.engine import Engine
from tests.godot.sync.place import Place

# What a model of files takes for two is one on a drive that ignores case (tests/godot/sync/test_target_names.py has these).
OTHER_CASE = "A.glb" if sys.platform == "linux" else "d.glb"
NAMES = ["a.glb", "b.glb", OTHER_CASE, "sub/a.glb", "c d.glb"]
name = st.sampled_from(NAMES)


class Died(BaseException):
    """The process is gone at this point."""


class Sync(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="kinetix-model-"))
        self.place = Place(self.root)
        self.place.emotes.mkdir()
        self.source: dict[str, str] = {}
        self.users: dict[str, str] = {}  # what the user wrote into the project and still wants
        self.deleted: set[str] = set()  # texts that the user deleted or replaced in the project
        self.numbers = count()

    def teardown(self) -> None:
        self.check_converged()
        shutil.rmtree(self.root, ignore_errors=True)

    def text(self) -> str:
        return f"{next(self.numbers):04}"

    @rule(name=name)
    def export(self, name: str) -> None:
        self.source[name] = self.text()
        self.place.export(name, self.source[name])

    @precondition(lambda self: self.source)
    @rule(data=st.data())
    def delete_at_the_source(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from(sorted(self.source)))
        self.place.delete(chosen)
        del self.source[chosen]

    @precondition(lambda self: self.source)
    @rule(data=st.data(), to=name)
    def rename_at_the_source(self, data: st.DataObject, to: str) -> None:
        chosen = data.draw(st.sampled_from(sorted(self.source)))
        if to in self.source:
            return
        (self.place.source / to).parent.mkdir(exist_ok=True)
        (self.place.source / chosen).rename(self.place.source / to)
        self.source[to] = self.source.pop(chosen)

    @precondition(lambda self: self.place.files())
    @rule(data=st.data())
    def edit_in_the_project(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from(sorted(self.place.files())))
        self.deleted.add(self.place.files()[chosen])
        self.users[chosen] = self.text()
        self.place.edit(chosen, self.users[chosen])

    @precondition(lambda self: self.place.files())
    @rule(data=st.data())
    def delete_in_the_project(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from(sorted(self.place.files())))
        self.deleted.add(self.place.files()[chosen])
        (self.place.emotes / chosen).unlink()
        self.users.pop(chosen, None)

    @rule(name=name)
    def add_in_the_project(self, name: str) -> None:
        if (self.place.emotes / name).exists():
            return
        (self.place.emotes / name).parent.mkdir(exist_ok=True)
        self.users[name] = self.text()
        self.place.edit(name, self.users[name])

    @rule()
    def sync(self) -> None:
        self.place.sync()

    @rule(steps=st.integers(0, 12))
    def die_in_a_sync(self, steps: int) -> None:
        left = [steps]
        engine: Engine

        def step(name: str) -> None:
            left[0] -= 1
            if left[0] < 0:
                engine.manifest.record = lambda *a, **k: None  # type: ignore[method-assign]  # a dead process notes nothing
                raise Died

        engine = self.place.engine(step=step)
        with contextlib.suppress(Died):
            engine.apply(engine.plan(accept_empty=True))
        engine.manifest.close()

    @invariant()
    def nothing_of_the_users_is_lost(self) -> None:
        files = self.place.files()
        for file, text in self.users.items():
            assert files.get(file) == text, f"{file} was the user's"

    def check_converged(self) -> None:
        self.place.sync()
        self.place.sync()
        assert self.place.sync() == [], "not at rest"
        self.nothing_of_the_users_is_lost()
        self.place.engine().close()
        assert not self.place.leftovers()
        texts = set(self.place.files().values())
        engine = self.place.engine()
        engine.manifest.close()
        for file, text in self.source.items():
            record = engine.manifest.records[f"path:{file}"]
            if record.state in {RecordState.IN_STEP, RecordState.CONFLICT} and text not in self.deleted:
                assert text in texts, f"{file} with {text} is nowhere"


def _run(examples: int, steps: int) -> None:
    options: dict[str, Any] = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}
    run_state_machine_as_test(Sync, settings=settings(max_examples=examples, stateful_step_count=steps, **options))


def test_people_and_crashes() -> None:
    _run(30, 25)


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_people_and_crashes_for_long() -> None:
    _run(600, 60)

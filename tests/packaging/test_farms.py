"""The job definitions for farms: each fits what its farm takes, and starts the worker with options that the worker has."""

from __future__ import annotations

import json
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.test_deploy import DEPLOY, parse, yaml
from tests.support import tools
from tests.support.waiting import LIMIT_S

FARMS = DEPLOY / "farms"
# What Flamenco's manager gives a job type, as far as ours asks for it.
_FLAMENCO = """
const author = {
    Task: (name, type) => ({ name, type, commands: [], addCommand(command) { this.commands.push(command); } }),
    Command: (name, parameters) => ({ name, parameters }),
};
const job = { settings: JSON.parse(process.argv[1]), tasks: [], addTask(task) { this.tasks.push(task); } };
compileJob(job);
console.log(JSON.stringify({ type: JOB_TYPE, tasks: job.tasks }));
"""
# The order in which version 1.15 of OpenCue's job specification has the elements that ours names.
_OPENCUE = {
    "spec": ("facility", "show", "shot", "user", "uid", "job"),
    "job": ("paused", "maxretries", "autoeat", "env", "layers"),
    "layer": ("cmd", "range", "chunk", "cores", "threadable", "memory", "tags", "services"),
}


def test_the_template_of_open_job_description(tmp_path: Path) -> None:
    model: Any = pytest.importorskip("openjd.model")
    template = model.decode_job_template(template=yaml.safe_load((FARMS / "openjd.yaml").read_text(encoding="utf-8")))
    given = {"Service": "https://emotes.example", "TokenFile": "/etc/kinetix/worker.token", "Machines": "3"}
    values = model.preprocess_job_parameters(
        job_template=template, job_parameter_values=given, job_template_dir=tmp_path, current_working_dir=tmp_path
    )
    (step,) = model.create_job(job_template=template, job_parameter_values=values).steps
    assert len(model.StepParameterSpaceIterator(space=step.parameterSpace)) == 3
    action = step.script.actions.onRun
    words = [str(action.command), *map(str, action.args)]
    for name, value in values.items():
        words = [word.replace(f"{{{{Param.{name}}}}}", str(value.value)) for word in words]
    assert words[:2] == ["kinetix", "local"] and "{" not in " ".join(words)
    parse(words[2:], tmp_path)


def test_the_job_type_of_flamenco(tmp_path: Path) -> None:
    settings = {
        "service": "https://emotes.example",
        "token_file": "/etc/kinetix/worker.token",
        "machines": 2,
        "max_idle": 60,
        "program": "/opt/kinetix/bin/kinetix",
    }
    script = (FARMS / "flamenco.js").read_text(encoding="utf-8") + _FLAMENCO
    ran = subprocess.run(
        [tools.node(), "-e", script, json.dumps(settings)],
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    found = json.loads(ran.stdout)
    assert {entry["key"] for entry in found["type"]["settings"]} == set(settings)
    assert [task["name"] for task in found["tasks"]] == ["capture-1", "capture-2"]
    for task in found["tasks"]:
        (command,) = task["commands"]
        assert command["name"] == "exec" and command["parameters"]["exe"] == settings["program"]
        program, *words = command["parameters"]["args"]
        assert program == "local"
        parse(words, tmp_path)


def test_the_job_of_opencue(tmp_path: Path) -> None:
    spec = ET.parse(FARMS / "opencue.xml").getroot()
    assert spec.tag == "spec"
    for element in spec.iter():
        if element.tag in _OPENCUE:
            assert tuple(child.tag for child in element) == _OPENCUE[element.tag]
    for command in spec.iter("cmd"):
        words = str(command.text).replace("SERVICE", "https://emotes.example").split()
        assert words[:2] == ["kinetix", "local"]
        parse(words[2:], tmp_path)

"""Write a CycloneDX 1.6 bill of materials and check every licence against the allowed ones.

Both are read from the wheels themselves. The document has neither a time nor a random number, so the same artefact gives the same.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Any

ALLOWED = Path(__file__).with_name("licences.toml")


@dataclass(frozen=True)
class Component:
    """A distribution that an artefact carries. `licence` is an SPDX expression."""

    name: str
    version: str
    licence: str
    sha256: str

    def as_json(self) -> dict[str, Any]:
        return {
            "type": "library",
            "name": self.name,
            "version": self.version,
            "purl": f"pkg:pypi/{self.name}@{self.version}",
            "hashes": [{"alg": "SHA-256", "content": self.sha256}],
            "licenses": [{"expression": self.licence}],
        }


def components(wheels: Sequence[Path]) -> list[Component]:
    """One for each wheel, by name. Raises SystemExit for one whose licence is not allowed or not known."""
    rules = tomllib.loads(ALLOWED.read_text(encoding="utf-8"))
    found = [_component(wheel, rules["stated"]) for wheel in wheels]
    wrong = sorted(
        f"{one.name} {one.version}: {one.licence}" for one in found if not allowed(one.licence, rules["allowed"])
    )
    if wrong:
        raise SystemExit("licences that packaging/artefacts/licences.toml does not allow:\n" + "\n".join(wrong))
    return sorted(found, key=lambda one: one.name)


def allowed(expression: str, licences: Sequence[str]) -> bool:
    """Return whether every licence of an SPDX expression is allowed, or one of alternatives."""
    for part in re.split(r"\bAND\b", expression.replace("(", " ").replace(")", " ")):
        if not any(choice.strip() in licences for choice in re.split(r"\bOR\b", part)):
            return False
    return True


def _component(wheel: Path, stated: dict[str, dict[str, str]]) -> Component:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)]
        fields = Parser().parsestr(archive.read(metadata).decode("utf-8"), headersonly=True)
    name = re.sub(r"[-_.]+", "-", str(fields["Name"])).lower()
    licence = stated.get(name, {}).get("licence") or _licence(fields)
    return Component(name, str(fields["Version"]), licence, hashlib.sha256(wheel.read_bytes()).hexdigest())


# What packages wrote before there were SPDX expressions in their metadata.
_OLD_NAMES = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "apache-2.0": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "isc license (iscl)": "ISC",
    "mit": "MIT",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "mpl-2.0": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}


def _licence(fields: Message) -> str:
    if expression := fields["License-Expression"]:
        return str(expression)
    classified = [
        line.rpartition(" :: ")[2] for line in fields.get_all("Classifier", []) if line.startswith("License ::")
    ]
    for word in (str(fields["License"] or ""), *classified):
        if known := _OLD_NAMES.get(word.strip().lower()):
            return known
    return f"unknown ({fields['License'] or ', '.join(classified) or 'nothing is said'})"[:80]


def document(artefact: Path, version: str, inside: Sequence[Component]) -> str:
    """The CycloneDX document of one artefact, as JSON."""
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "name": artefact.name,
                "version": version,
                "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(artefact.read_bytes()).hexdigest()}],
            }
        },
        "components": [one.as_json() for one in inside],
    }
    return json.dumps(bill, indent=1, ensure_ascii=False) + "\n"

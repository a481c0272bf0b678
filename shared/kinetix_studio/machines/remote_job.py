"""Messages between a service and a machine that captures for it, as JSON over HTTP (routes.py, remote_queue.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from kinetix_capture.interface import CaptureRequest
from kinetix_capture.quality_model import QualityReport, Wording, Words
from kinetix_core.values.capture_settings import Pixels
from kinetix_core.values.clip_length import LONGEST_SECONDS
from kinetix_core.values.failure import CaptureStage, FailureReason
from kinetix_core.values.people import MOST_PEOPLE
from kinetix_local.queue.inputs import with_files
from kinetix_local.queue.interface import FailedStep

STAGED = r"^[0-9a-f]{32}$"
_REQUEST: TypeAdapter[CaptureRequest] = TypeAdapter(CaptureRequest)


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RemoteFile(_Message):
    """A file that the capture reads: where the service gives it, under what name it is kept meanwhile.

    `direct` is a link to the storage itself, where there is one; who cannot reach that takes the other.
    """

    name: str
    link: str
    bytes: int
    direct: str | None = None


class RemoteJob(_Message):
    """A lease with what to do. Paths in `request` are the names of `files`. `direct`: results may go to the storage itself."""

    process: str
    attempt: int
    request: dict[str, Any]
    crop_pixels: Pixels | None
    files: list[RemoteFile]
    direct: bool = False

    def capture_request(self, folder: Path, out_dir: Path) -> CaptureRequest:
        """`folder` has the files."""
        request = _REQUEST.validate_python(self.request | {"out_dir": str(out_dir)})
        return with_files(request, lambda path: folder / path.name)

    @staticmethod
    def plain(request: CaptureRequest) -> dict[str, Any]:
        """The request as JSON, without the folder for results: every machine has its own."""
        return dict(_REQUEST.dump_python(request, mode="json", exclude={"out_dir"}))


class RemoteUpload(_Message):
    """Upload link of a result, and what to report to the service once it is used."""

    link: str
    staged: Annotated[str, Field(pattern=STAGED)]


class RemoteBeat(_Message):
    """Progress of a capture; empty before it starts."""

    stage: CaptureStage | None = None
    percent: Annotated[int, Field(ge=0, le=99)] = 0
    remaining_s: Annotated[int, Field(ge=0, le=86_400)] | None = None
    elapsed_s: Annotated[int, Field(ge=0, le=86_400)] = 0


class RemoteEmote(_Message):
    """An emote: the blobs that its files became when they were uploaded."""

    files: Annotated[dict[str, str], Field(min_length=1, max_length=64)]
    avatars: Annotated[dict[str, dict[str, str]], Field(max_length=256)] = {}
    duration_s: Annotated[float, Field(gt=0, le=LONGEST_SECONDS + 5, allow_inf_nan=False)]
    quality: QualityReport = QualityReport()
    observations: str | None = None


class RemoteDelivery(RemoteEmote):
    """A capture that is done. `others` are the emotes of further people in the clip."""

    others: Annotated[list[RemoteEmote], Field(max_length=MOST_PEOPLE - 1)] = []


class RemoteFailure(_Message):
    """Why a clip became no emote: one of the reasons that everybody knows, or an error in words.

    `wording`: of the sentences that were filled in, by `title`, `detail` and `nextStep`.
    `correction`: the id of the one that cannot be followed, where a take is solved again.
    """

    step: FailedStep
    reason: FailureReason | None = None
    code: Annotated[str, Field(pattern=r"^[a-zA-Z]{1,64}$")]
    title: Words
    detail: Words = ""
    next_step: Words = ""
    wording: Annotated[dict[str, Wording], Field(max_length=4)] = {}
    correction: Annotated[str, Field(max_length=36)] = ""

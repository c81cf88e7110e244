"""The report of a probe as an agent writes it: read strictly, once."""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from common import moments
from common.errors import InvalidInput
from metering.verifying.contracts import FIGURES_MAX, ProbeReportInvalid

FORMAT: Final = "suanpan-probe-1"
CONDITIONS_BYTES_MAX: Final = 16_384

Number = Annotated[str, Meta(pattern=r"^[0-9]{1,15}(\.[0-9]{1,12})?$")]
Text = Annotated[str, Meta(max_length=200)]


class ProbeResult(msgspec.Struct, frozen=True):
    """One figure, as often as it was measured."""

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    unit: Annotated[str, Meta(min_length=1, max_length=16)]
    values: Annotated[list[Number], Meta(min_length=1, max_length=101)]
    note: Text = ""
    tries: Annotated[int, Meta(ge=1, le=100)] = 1


class ProbeDocument(msgspec.Struct, frozen=True):
    """A report; what it says of itself beyond the values is kept and not believed."""

    format: Annotated[str, Meta(pattern=f"^{FORMAT}$")]
    benchmark: Annotated[str, Meta(min_length=1, max_length=80)]
    benchmark_version: Annotated[str, Meta(min_length=1, max_length=40)]
    resource: Annotated[str, Meta(pattern=r"^[0-9a-f-]{36}$")]
    started_at: Text
    ended_at: Text
    conditions: dict[str, Any]
    results: Annotated[list[ProbeResult], Meta(max_length=FIGURES_MAX)]
    challenge: Annotated[str, Meta(max_length=64)] = ""


def read(body: bytes) -> tuple[ProbeDocument, datetime]:
    """
    Return what a report says, and when it was measured.

    :raises ProbeReportInvalid: if it cannot be understood
    """
    try:
        document = msgspec.json.decode(body, type=ProbeDocument)
        begun, ended = (
            moments.parse_moment(each) for each in (document.started_at, document.ended_at)
        )
    except (msgspec.MsgspecError, InvalidInput, UnicodeDecodeError) as error:
        raise ProbeReportInvalid(problem=str(error)) from error
    names = [each.name for each in document.results]
    if len(set(names)) != len(names):
        raise ProbeReportInvalid(problem="a figure stands in it twice")
    if ended < begun:
        raise ProbeReportInvalid(problem="it ends before it starts")
    if len(msgspec.json.encode(document.conditions)) > CONDITIONS_BYTES_MAX:
        raise ProbeReportInvalid(problem="its conditions are too long")
    if any("\x00" in each for each in (document.benchmark, document.benchmark_version)):
        raise ProbeReportInvalid(problem="a text holds a zero character")
    return document, ended

"""What a job may be; pure."""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.canonical import content_hash
from marketplace.drivers.contracts import DriverKind
from marketplace.drivers.job_contracts import (
    COMMAND_WORDS_MAX,
    REFERENCE_LENGTH_MAX,
    VARIABLES_MAX,
    WALL_SECONDS_MAX,
    WORD_LENGTH_MAX,
    BatchJobInvalid,
    JobNotForDriver,
    JobWish,
)

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
# Names whose values are secret more often than not: they are handed over sealed.
SECRETIVE: Final = re.compile(
    r"SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|PRIVATE|API_?KEY", re.IGNORECASE
)
# What a job runs, member by member.
KEPT: Final = (
    *("command", "image", "data_reference", "result_reference"),
    *("environment", "sealed_names", "wall_seconds"),
)
_PLAIN_NAMES: Final = gettext_lazy("a variable has a plain name, once, and there are at most 50")
REFERENCES: Final = ("image", "data_reference", "result_reference")


def check_job(job: JobWish, *, seconds: int) -> None:
    """
    Check a job for an order of so many seconds.

    :raises BatchJobInvalid: naming the field
    """
    words = [*job.command, *job.environment.values()]
    references = (job.image, job.data_reference, job.result_reference)
    named = [*job.environment, *job.sealed_names]
    secretive = [name for name in job.environment if SECRETIVE.search(name)]
    tests = (
        ("command", 1 <= len(job.command) <= COMMAND_WORDS_MAX, _("it has 1 to 64 words")),
        (
            "command",
            all(len(word) <= WORD_LENGTH_MAX and "\x00" not in word for word in words),
            _("a word or a value has at most 1,000 characters"),
        ),
        (
            "data_reference",
            all(len(each) <= REFERENCE_LENGTH_MAX and each.isprintable() for each in references),
            _("a reference has at most 500 characters, all of them visible"),
        ),
        ("environment", _are_names(job.environment), _PLAIN_NAMES),
        ("sealed_names", _are_names(job.sealed_names), _PLAIN_NAMES),
        ("sealed_names", len(named) == len(set(named)) <= VARIABLES_MAX, _PLAIN_NAMES),
        ("environment", not secretive, _("secrets are handed over sealed, and only named here")),
        (
            "wall_seconds",
            0 < job.wall_seconds <= min(seconds, WALL_SECONDS_MAX),
            _("it runs no longer than the order"),
        ),
    )
    for name, is_right, problem in tests:
        if not is_right:
            raise BatchJobInvalid(field=name, problem=problem)


def _are_names(named: Collection[str]) -> bool:
    return len(named) <= VARIABLES_MAX and all(NAME.fullmatch(name) for name in named)


def check_driver_takes(job: JobWish, kind: DriverKind) -> None:
    """
    Check that a driver of this kind can run a job.

    :raises JobNotForDriver: if it has no containers, or runs nothing without one
    """
    if job.image and not kind.takes_image:
        raise JobNotForDriver(field="image", problem=_("it runs no containers"))
    if not job.image and kind.needs_image:
        raise JobNotForDriver(field="image", problem=_("it runs containers alone"))


def content_of(job: JobWish) -> dict[str, Any]:
    """Return what a job runs, as rows and proposals keep it."""
    return {
        "command": list(job.command),
        "image": job.image,
        "data_reference": job.data_reference,
        "result_reference": job.result_reference,
        "environment": dict(job.environment),
        "sealed_names": list(job.sealed_names),
        "wall_seconds": job.wall_seconds,
    }


def hash_of(job: JobWish) -> str:
    """Return the hash of what a job runs: SHA-256 over its canonical JSON."""
    return content_hash(content_of(job))


def job_from(content: Mapping[str, Any]) -> JobWish:
    """Return the job that a row or a proposal keeps."""
    return JobWish(
        command=tuple(content["command"]),
        wall_seconds=content["wall_seconds"],
        image=content["image"],
        data_reference=content["data_reference"],
        result_reference=content["result_reference"],
        environment=dict(content["environment"]),
        sealed_names=tuple(content["sealed_names"]),
    )

"""Batch jobs: what an order runs, and what is refused of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput

COMMAND_WORDS_MAX: Final = 64
WORD_LENGTH_MAX: Final = 1_000
REFERENCE_LENGTH_MAX: Final = 500
VARIABLES_MAX: Final = 50
WALL_SECONDS_MAX: Final = 30 * 24 * 3_600


@dataclass(frozen=True, slots=True)
class JobWish:
    """What a job runs; values that are secret are handed over sealed, and only named here."""

    command: tuple[str, ...]
    wall_seconds: int
    image: str = ""
    data_reference: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    sealed_names: tuple[str, ...] = ()


class BatchJobInvalid(InvalidInput):
    """A value breaks its limits, or a secret would stand in the open."""

    code = "batch_job_invalid"
    status = 422
    sentence = _("The job cannot be run like this: %(problem)s.")

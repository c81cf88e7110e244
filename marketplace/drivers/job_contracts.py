"""Batch jobs: what an order runs, and what is refused of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound

JOB_KIND: Final = "drivers.job"  # a job that takes two people of the buyer
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
    result_reference: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    sealed_names: tuple[str, ...] = ()


class BatchJobInvalid(InvalidInput):
    """A value breaks its limits, or a secret would stand in the open."""

    code = "batch_job_invalid"
    status = 422
    sentence = _("The job cannot be run like this: %(problem)s.")


class JobNotForDriver(InvalidInput):
    """The provider's driver could not run it like this."""

    code = "job_not_for_driver"
    status = 422
    sentence = _("The provider's driver cannot run this job: %(problem)s.")


class JobNotFound(NotFound):
    """There is no such job, or it is someone else's; the two look alike."""

    code = "job_not_found"
    sentence = _("There is no such job.")

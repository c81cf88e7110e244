"""What other rooms see of standard hours by class, and what is refused about their tables."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal

RULE_KIND: Final = "metering.rule"
TABLE_KIND: Final = "metering.table"


class HourClass(TextChoices):
    """What a standard hour is an hour of. Hours of two classes are two units: they never add up."""

    GENERAL = "general", _("General compute: an hour of one core")
    HPC = "hpc", _("High-performance compute: FP64")
    TRAINING = "training", _("Training: dense FP16 on the tensor path")
    INFERENCE = "inference", _("Inference: measured tokens a second")


class TableNotFound(NotFound):
    """There is no such version of a conversion table."""

    code = "conversion_table_not_found"
    sentence = _("There is no such conversion table.")


class InvalidTable(InvalidInput):
    """A conversion table breaks its own form."""

    code = "invalid_conversion_table"
    sentence = _("The conversion table is not valid: %(reason)s")


class TableVersionConflict(Refusal):
    """This version of the table was published before, with other content."""

    code = "conversion_table_conflict"
    sentence = _("This version of the table was published with other content.")


class WhatIfTooLarge(Refusal):
    """More usage than is computed again in one answer."""

    code = "what_if_too_large"
    status = 422
    sentence = _("More than %(most)s usage records lie in that month: ask for a part of them.")

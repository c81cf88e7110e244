"""What the record of events calls what happens between logs and witnesses."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from identity.events import registry


@registry.register
class WitnessEvent(TextChoices):
    """What a witness found, and what a log misses."""

    LOG_FORKED = "witness.log.forked", _("A log signed two histories")
    LOG_UNPROVEN = "witness.log.unproven", _("A log did not show that it continues its history")
    COSIGNATURE_LATE = "witness.cosignature.late", _("A witness has not cosigned for a minute")
    COSIGNATURE_MISSING = (
        "witness.cosignature.missing",
        _("A witness has not cosigned for ten minutes"),
    )
    COSIGNATURE_BACK = "witness.cosignature.back", _("A witness cosigns again")
    CHECKPOINT_REFUSED = (
        "witness.checkpoint.refused",
        _("A witness says that this ledger does not continue its history"),
    )

"""What others see of witnesses, and what is refused to logs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from common.errors import Refusal

REQUEST_BYTES_MAX: Final = 8 * 1024
CONFLICTS_MAX: Final = 100  # kept of one log
LATE_SECONDS: Final = 60
MISSING_SECONDS: Final = 600
ASK_SECONDS: Final = 5


class CheckpointMalformed(Refusal):
    """The body is no request of the protocol, or goes back behind its own old size."""

    code = "checkpoint_malformed"
    status = 400
    sentence = _("This is no request to cosign a checkpoint.")


class LogUnknown(Refusal):
    """The policy names no log of this origin."""

    code = "log_unknown"
    status = 404
    sentence = _("This node does not watch a log of this name.")


class CheckpointUnsigned(Refusal):
    """None of the keys that the policy names for the log has signed."""

    code = "checkpoint_unsigned"
    status = 403
    sentence = _("No key that is trusted for this log signed the checkpoint.")


class WitnessedOther(Refusal):
    """The log goes on from another size than was cosigned last."""

    code = "witnessed_other_size"
    status = 409
    sentence = _("Another size was cosigned last: %(size)s.")


class HistoryUnproven(Refusal):
    """The proof does not show that the checkpoint continues what was cosigned."""

    code = "history_unproven"
    status = 422
    sentence = _("The proof does not show that this continues what was cosigned.")


class WitnessRestored(Refusal):
    """The database knows less than this node cosigned: it was put back from a copy."""

    code = "witness_restored"
    status = 503
    sentence = _("This witness was put back from a copy and cosigns nothing more with its key.")


class CheckpointTooLarge(Refusal):
    """The body is longer than a request may be."""

    code = "too_large"
    status = 413
    sentence = _("The request is too large.")


@dataclass(frozen=True, slots=True)
class WitnessedHead:
    """A checkpoint of this node's ledger with the lines of its witnesses."""

    size: int
    note: str  # with the cosignatures under it
    witnesses: tuple[str, ...]
    signed_at: datetime | None  # by the witness that signed last
    is_met: bool  # whether the policy is satisfied now

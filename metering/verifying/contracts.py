"""What other rooms see of verification: levels, certificates, challenges, and what is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal

REPORT_BYTES_MAX: Final = 256 * 1024
DOCUMENT_BYTES_MAX: Final = 1024 * 1024
ECHO_BYTES_MAX: Final = 4 << 20
FIGURES_MAX: Final = 64
TEXT_MAX: Final = 500
NAME_MAX: Final = 80
VALID_DAYS_MAX: Final = 731
DECLARED_DAYS: Final = 365
REMINDED_DAYS: Final = (30, 7, 1)


class Level(IntegerChoices):
    """How well it is proved what a resource can do."""

    DECLARED = 1, _("Declared by the provider")
    MEASURED = 2, _("Measured by the agent")
    ASSESSED = 3, _("Verified by a third party")


class Because(TextChoices):
    """Why a certificate ended, or a level changed. The codes are API: stable, never reused."""

    DECLARED = "DECLARED", _("declared")
    MEASURED = "MEASURED", _("a probe was accepted")
    ASSESSED = "ASSESSED", _("a third party verified it")
    EXPIRED = "EXPIRED", _("the certificate expired")
    MISSED = "MISSED", _("a challenge was not answered in time")
    BELOW = "BELOW", _("a challenge fell below the certificate")
    REVOKED = "REVOKED", _("the certificate was revoked")


class ReportProblem(TextChoices):
    """Why a report of a probe earns nothing. The codes are API: stable, never reused."""

    NOT_FRESH = "not_fresh", _("It was measured too long ago, or not yet.")
    TOO_FEW = "too_few_repeats", _("A figure was measured too few times.")
    NOISY = "spread_too_wide", _("A figure varies more than it may.")
    NO_MAIN = "no_main_figure", _("The figure that counts for this kind of resource is missing.")
    ABOVE = "above_nameplate", _("A figure is above what the hardware can do.")
    UNKNOWN_CHIP = "nameplate_unknown", _("No nameplate is published for this chip.")
    NOT_METERED = "agent_not_of_resource", _("The agent signs for no meter of this resource.")
    WITHDRAWN = "resource_withdrawn", _("The resource is withdrawn.")


class AssessmentState(TextChoices):
    """How far an assessment by a third party has come."""

    ASKED = "ASKED", _("Asked for")
    RECORDED = "RECORDED", _("Waits for a decision")
    GRANTED = "GRANTED", _("Granted")
    REFUSED = "REFUSED", _("Refused")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


class ChallengeState(TextChoices):
    """What became of a challenge."""

    DRAWN = "DRAWN", _("Drawn")
    OPEN = "OPEN", _("Waits for the agent")
    PASSED = "PASSED", _("Passed")
    BELOW = "BELOW", _("Below the certificate")
    MISSED = "MISSED", _("Missed")
    DROPPED = "DROPPED", _("No longer asked")


class WattVerdict(TextChoices):
    """What power says about use."""

    PLAUSIBLE = "PLAUSIBLE", _("Plausible")
    UNKNOWN = "UNKNOWN", _("Unknown: no power is measured")
    FOUND = "FOUND", _("Does not add up")


@dataclass(frozen=True, slots=True)
class BenchmarkFigure:
    """One figure of a certificate."""

    name: str
    unit: str
    value: Decimal
    repeats: int = 1
    spread: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Assessed:
    """What an assessor found out, as it goes on a certificate."""

    benchmark: str
    benchmark_version: str
    figures: Sequence[BenchmarkFigure]
    conditions: Mapping[str, Any]
    measured_at: datetime
    valid_days: int
    document: bytes = b""  # as the assessor wrote it; empty: made of the figures
    document_name: str = ""
    signature: str = ""
    public_key: str = ""


@dataclass(frozen=True, slots=True)
class ProbeJudgement:
    """What became of a probe's report."""

    id: UUID
    is_accepted: bool
    problems: Sequence[str] = field(default_factory=tuple)
    level: int | None = None
    certificate_id: UUID | None = None


class CertificateNotFound(NotFound):
    """No such certificate."""


class AssessmentNotFound(NotFound):
    """No such assessment, or someone else's."""


class AssessorNotFound(NotFound):
    """No such assessor."""


class ProbeReportInvalid(InvalidInput):
    """A report of a probe cannot be read."""

    code = "invalid_probe_report"
    sentence = _("This is no report of a probe: %(problem)s")


class ChallengeUnknown(Refusal):
    """The nonce is no challenge of this resource that waits."""

    code = "challenge_unknown"
    sentence = _("No challenge with this nonce waits for the resource.")


class AlreadyAssessing(Refusal):
    """One assessment of a resource is under way at a time."""

    code = "assessment_under_way"
    sentence = _("An assessment of this resource is under way already.")


class AssessmentStateRefused(Refusal):
    """The assessment cannot do that where it stands."""

    code = "assessment_state_refused"
    sentence = _("The assessment has gone on meanwhile: it cannot do that.")


class AssessorRelated(Refusal):
    """Nobody assesses themselves, or those they are related to."""

    code = "assessor_related"
    status = 403
    sentence = _("The assessor and the provider are related: somebody else must assess.")


class AssessorNotAccredited(Refusal):
    """The organisation is no assessor now."""

    code = "assessor_not_accredited"
    status = 403
    sentence = _("The organisation holds no accreditation as an assessor now.")


class AssessorExists(Refusal):
    """The organisation is an assessor already."""

    code = "assessor_exists"
    sentence = _("The organisation is an assessor already.")


class InvalidAssessment(InvalidInput):
    """A figure or text of an assessment breaks its limits."""

    code = "invalid_assessment"
    sentence = _("This is not valid: %(problem)s")


class CertificateEnded(Refusal):
    """The certificate has ended already."""

    code = "certificate_ended"
    sentence = _("The certificate has ended already.")

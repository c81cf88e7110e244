"""Lists of verification: resources by level, certificates, assessments, challenges, power."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from identity.filters import ResourceFilter
from marketplace.portal import names
from marketplace.portal.tables import ListColumn, ListTable, Phone, Quick, RowLink, Shows, Tag
from marketplace.portal.verification_words import findings_told, main_told
from metering.verifying.contracts import (
    AssessmentState,
    Because,
    ChallengeState,
    Level,
    WattVerdict,
)
from metering.verifying.filters import (
    AssessmentFilter,
    AssessorFilter,
    CapabilityFilter,
    ChallengeFilter,
    CrossCheckFilter,
)

LEVEL_TONES: Final = {1: "neutral", 2: "brand", 3: "ok"}
ASSESSMENT_TONES: Final = {
    AssessmentState.ASKED: "brand",
    AssessmentState.RECORDED: "warn",
    AssessmentState.GRANTED: "ok",
    AssessmentState.REFUSED: "bad",
    AssessmentState.WITHDRAWN: "neutral",
}
CHALLENGE_TONES: Final = {
    ChallengeState.OPEN: "warn",
    ChallengeState.PASSED: "ok",
    ChallengeState.BELOW: "bad",
    ChallengeState.MISSED: "bad",
}
VERDICT_TONES: Final = {
    WattVerdict.PLAUSIBLE: "ok",
    WattVerdict.UNKNOWN: "neutral",
    WattVerdict.FOUND: "bad",
}


def of_level(level: int | None) -> Tag:
    """Return a level as a tag."""
    if not level:
        return Tag(_now("not verified"))
    return Tag(f"L{level} · {Level(level).label}", LEVEL_TONES[level])


def of_certificate(row: Any, at: datetime) -> Tag:
    """Return whether a certificate counts at a moment, or why it does not."""
    end = getattr(row, "end", None)
    if end is not None:
        return Tag(Because(end.because).label, "bad")
    if row.valid_to <= at:
        return Tag(_now("Expired"), "warn")
    return Tag(_now("Valid"), "ok", "check")


def of_assessment(row: Any) -> Tag:
    """Return how far an assessment is."""
    state = AssessmentState(row.state)
    return Tag(state.label, ASSESSMENT_TONES[state])


def of_challenge(row: Any) -> Tag:
    """Return what became of a challenge."""
    state = ChallengeState(row.state)
    return Tag(state.label, CHALLENGE_TONES.get(state, "neutral"))


def of_check(row: Any) -> Tag:
    """Return what power says."""
    verdict = WattVerdict(row.verdict)
    return Tag(verdict.label, VERDICT_TONES[verdict])


@dataclass(frozen=True, slots=True)
class VerifiedResource:
    """A resource with its level."""

    resource: Any
    standing: Any

    @property
    def pk(self) -> Any:
        """Return the resource's identifier."""
        return self.resource.pk

    @property
    def ends_at(self) -> Any:
        """Return until when the level lasts."""
        return self.standing.ends_at if self.standing else None


def _open_resource(line: VerifiedResource) -> list[RowLink]:
    address = reverse("portal:resource-verification", args=[line.pk])
    return [RowLink(_("Verify"), address, names.named(line.resource))]


VERIFIED_RESOURCES: Final = ListTable(
    name="verified-resources",
    title=_("Verification"),
    filters=ResourceFilter,
    shown_filters=("resource_class", "status"),
    columns=(
        ListColumn(
            "name",
            _("Resource"),
            value=lambda line: names.named(line.resource),
            link=lambda line: reverse("portal:resource-verification", args=[line.pk]),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "identifier",
            _("Compute identifier"),
            Shows.IDENTIFIER,
            value=lambda line: line.resource.identifier,
            phone=Phone.STRIP,
        ),
        ListColumn("ends_at", _("Until"), Shows.TIME, phone=Phone.FACT),
        ListColumn(
            "level",
            _("Level"),
            Shows.STATE,
            value=lambda line: of_level(line.standing.level if line.standing else None),
            phone=Phone.STATE,
        ),
        ListColumn("act", "", Shows.ACT, value=_open_resource, phone=Phone.ACT),
    ),
)


def _address(row: Any) -> str:
    return reverse("portal:capability", args=[row.pk])


CAPABILITIES: Final = ListTable(
    name="capabilities",
    title=_("Certificates of capability"),
    filters=CapabilityFilter,
    shown_filters=("level", "in_force"),
    quick=(
        Quick("assessed", _("Third parties"), {"level": ("3",)}),
        Quick("measured", _("Measured"), {"level": ("2",)}),
    ),
    columns=(
        ListColumn(
            "resource",
            _("Resource"),
            value=lambda row: names.named(row.resource),
            link=_address,
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "provider",
            _("Provider"),
            Shows.PARTY,
            value=lambda row: names.named(row.provider),
            phone=Phone.STRIP,
        ),
        ListColumn(
            "level", _("Level"), Shows.TAG, value=lambda row: of_level(row.level), phone=Phone.FACT
        ),
        ListColumn("figure", _("Main figure"), value=main_told, phone=Phone.FACT),
        ListColumn(
            "benchmark",
            _("Benchmark"),
            below=lambda row: row.benchmark_version,
            phone=Phone.HIDDEN,
        ),
        ListColumn(
            "issuer",
            _("Who says so"),
            Shows.PARTY,
            value=lambda row: names.named(row.issuer),
            phone=Phone.HIDDEN,
        ),
        ListColumn("valid_to", _("Until"), Shows.TIME, phone=Phone.FACT),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=lambda row: of_certificate(row, row.seen_at),
            phone=Phone.STATE,
        ),
    ),
)


def _open_assessment(row: Any) -> list[RowLink]:
    address = reverse("portal:assessment", args=[row.pk])
    return [RowLink(_("Open"), address, names.named(row.resource))]


ASSESSMENTS: Final = ListTable(
    name="assessments",
    title=_("Assessments"),
    filters=AssessmentFilter,
    shown_filters=("state",),
    quick=(
        Quick("asked", _("Asked for"), {"state": (AssessmentState.ASKED,)}),
        Quick("recorded", _("To decide"), {"state": (AssessmentState.RECORDED,)}),
    ),
    columns=(
        ListColumn(
            "resource",
            _("Resource"),
            value=lambda row: names.named(row.resource),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "provider",
            _("Provider"),
            Shows.PARTY,
            value=lambda row: names.named(row.provider),
            phone=Phone.STRIP,
        ),
        ListColumn(
            "assessor",
            _("Assessor"),
            Shows.PARTY,
            value=lambda row: names.named(row.assessor_organization),
            phone=Phone.STRIP,
        ),
        ListColumn("asked_at", _("Asked"), Shows.TIME, sort=("id",), phone=Phone.FACT),
        ListColumn("recorded_at", _("Recorded"), Shows.TIME),
        ListColumn("state", _("State"), Shows.STATE, value=of_assessment, phone=Phone.STATE),
        ListColumn("act", "", Shows.ACT, value=_open_assessment, phone=Phone.ACT),
    ),
)


def _end_assessor(row: Any) -> list[RowLink]:
    if row.ended_at is not None or row.valid_to <= row.seen_at:
        return []
    address = reverse("portal:assessor-end", args=[row.pk])
    return [RowLink(_("End"), address, names.named(row.organization))]


def _assessor_state(row: Any) -> Tag:
    if row.ended_at is not None:
        return Tag(_now("Ended"), "bad")
    is_over = row.valid_to <= row.seen_at
    return Tag(_now("Expired"), "warn") if is_over else Tag(_now("Valid"), "ok", "check")


ASSESSORS: Final = ListTable(
    name="assessors",
    title=_("Assessors"),
    filters=AssessorFilter,
    columns=(
        ListColumn(
            "name",
            _("Assessor"),
            Shows.PARTY,
            value=lambda row: names.named(row.organization),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn("accreditation", _("Accreditation"), phone=Phone.STRIP),
        ListColumn("valid_from", _("From"), Shows.TIME),
        ListColumn("valid_to", _("Until"), Shows.TIME, phone=Phone.FACT),
        ListColumn("named_at", _("Named"), Shows.TIME, sort=("id",)),
        ListColumn("state", _("State"), Shows.STATE, value=_assessor_state, phone=Phone.STATE),
        ListColumn("act", "", Shows.ACT, value=_end_assessor, phone=Phone.ACT),
    ),
)
CHALLENGES: Final = ListTable(
    name="challenges",
    title=_("Challenges"),
    filters=ChallengeFilter,
    shown_filters=("state",),
    columns=(
        ListColumn(
            "resource",
            _("Resource"),
            value=lambda row: names.named(row.resource),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn("opens_at", _("Opened"), Shows.TIME, sort=("id",), phone=Phone.FACT),
        ListColumn("deadline_at", _("Answer until"), Shows.TIME, phone=Phone.FACT),
        ListColumn("expected", _("Certified"), Shows.QUANTITY, phone=Phone.FACT),
        ListColumn("measured", _("Measured"), Shows.QUANTITY, phone=Phone.FACT),
        ListColumn("state", _("State"), Shows.STATE, value=of_challenge, phone=Phone.STATE),
    ),
)


def _evidence(name: str) -> Any:
    return lambda row: row.evidence.get(name) or "—"


POWER_CHECKS: Final = ListTable(
    name="power-checks",
    title=_("Use and power"),
    filters=CrossCheckFilter,
    shown_filters=("verdict",),
    quick=(Quick("found", _("Does not add up"), {"verdict": (WattVerdict.FOUND,)}),),
    columns=(
        ListColumn(
            "resource",
            _("Resource"),
            value=lambda row: names.named(row.resource),
            below=lambda row: names.named(row.provider),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn("day", _("Day"), Shows.DAY, sort=("id",), phone=Phone.FACT),
        ListColumn("card_hours", _("Card-hours"), value=_evidence("card_hours"), phone=Phone.FACT),
        ListColumn(
            "watts",
            _("Watts a busy card"),
            value=_evidence("watts_per_busy_card"),
            phone=Phone.FACT,
        ),
        ListColumn("idle", _("Idle below"), value=_evidence("idle_watts"), phone=Phone.HIDDEN),
        ListColumn(
            "scheduler",
            _("Scheduler's hours"),
            value=_evidence("scheduler_hours"),
            phone=Phone.HIDDEN,
        ),
        ListColumn("findings", _("Finding"), value=findings_told, phone=Phone.STRIP),
        ListColumn("state", _("Verdict"), Shows.STATE, value=of_check, phone=Phone.STATE),
    ),
)

"""Rate plans in immutable versions, and quotes frozen from them."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from common.checks import Sound
from common.ids import uuid7
from common.notice import NOTICE
from pricing.contracts import (
    CLAUSE_MAX,
    FIRST_RATING_RULE,
    LINK_LASTS_MAX,
    QUOTE_PREVIEW_FOR,
    SOURCE_MAX,
    PathBasis,
    RateUnit,
)
from pricing.group_contracts import PROJECT_CODE_MAX, REASON_MAX, PriceGroup

# A quote that was asked for, to be kept, holds longer than one that a form shows while one types.
KEPT = Q(valid_until__gt=F("quoted_at") + QUOTE_PREVIEW_FOR)


def _least_of(unit: RateUnit) -> models.GeneratedField:
    """Return the column of the least that a unit can cost: a bound by which plans are sorted."""
    said = (F("components"), F("terms"), Value(str(unit)))
    return models.GeneratedField(
        expression=Func(*said, function="pricing_least_price"),
        output_field=models.DecimalField(max_digits=20, decimal_places=6),
        db_persist=True,
    )


class RatePlan(models.Model):
    """A provider's price list under one code; what it says is in its versions."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    seq = models.BigIntegerField(
        unique=True,
        editable=False,
        db_default=Func(models.Value("pricing_rateplan_seq"), function="nextval"),
        help_text="A whole number beside the UUID, for constraints over ranges",
    )
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "code"], name="rate_plan_code_is_unique"),
        ]

    def __str__(self) -> str:
        return self.code


class RatePlanVersion(models.Model):
    """What a plan says from one moment until the next version; never edited."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    plan = models.ForeignKey(RatePlan, on_delete=models.PROTECT, related_name="versions")
    plan_seq = models.BigIntegerField(editable=False)
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField()
    asset = models.CharField(max_length=40, default="CNY")
    components = models.JSONField()
    terms = models.JSONField(null=True, help_text="what a plan says under `rate-2` or a later rule")
    rating_rule = models.CharField(
        max_length=20, db_default=FIRST_RATING_RULE, help_text="the arithmetic, by version"
    )
    content_hash = models.CharField(max_length=64)
    source = models.CharField(
        max_length=SOURCE_MAX, blank=True, db_default="", help_text="the document that it rests on"
    )
    clause = models.CharField(max_length=CLAUSE_MAX, blank=True, db_default="")
    calendars = models.JSONField(
        default=list, db_default=[], help_text="the shared calendars whose days its terms took"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField()
    least_unit_hour = _least_of(RateUnit.UNIT_HOUR)
    least_standard_hour = _least_of(RateUnit.STANDARD_HOUR)
    least_gb_month = _least_of(RateUnit.GB_MONTH)
    least_ktoken = _least_of(RateUnit.KTOKEN)

    class Meta:
        indexes = [
            models.Index(
                fields=["-published_at", "-id"],
                condition=Q(version__gt=1),
                name="rate_plan_changes",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "version"], name="rate_plan_version_number_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="rate_plan_version_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__gte=F("published_at")),
                name="rate_plan_version_is_not_backdated",
            ),
            models.CheckConstraint(
                condition=Sound(F("components"), function="pricing_components_are_sound"),
                name="rate_plan_version_components_are_sound",
            ),
            models.CheckConstraint(
                condition=Q(terms__isnull=True)
                | Q(Sound(F("terms"), F("components"), function="pricing_terms_are_sound")),
                name="rate_plan_version_terms_are_sound",
            ),
            models.CheckConstraint(
                condition=Sound(
                    F("rating_rule"), F("components"), F("terms"), function="pricing_rule_fits"
                ),
                name="rate_plan_version_rule_fits",
            ),
            models.CheckConstraint(
                condition=Q(clause="") | ~Q(source=""), name="rate_plan_clause_is_of_a_source"
            ),
            models.CheckConstraint(
                condition=Q(calendars=[]) | Q(terms__isnull=False),
                name="rate_plan_calendars_are_of_terms",
            ),
            ExclusionConstraint(
                name="rate_plan_versions_never_overlap",
                expressions=[
                    (
                        Func(
                            F("plan_seq"), F("plan_seq"), models.Value("[]"), function="int8range"
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(F("starts_at"), F("ends_at"), function="tstzrange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} v{self.version}"


class Quote(models.Model):
    """A price promised to a buyer for a while, with the lines that explain it; never edited."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    buyer = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    plan_version = models.ForeignKey(RatePlanVersion, on_delete=models.PROTECT, related_name="+")
    rule_version_id = models.UUIDField(
        null=True, help_text="The measurement rule version that the quantities follow"
    )
    project = models.ForeignKey(  # An index of its own below.
        "projects.Project",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        help_text="of the buyer: what is ordered at it is for this project",
    )
    measure = models.JSONField()
    subject = models.JSONField()
    lines = models.JSONField()
    asset = models.CharField(max_length=40)
    gross_minor = models.BigIntegerField()
    standard_hours = models.DecimalField(max_digits=38, decimal_places=12, null=True)
    inputs_hash = models.CharField(max_length=64)
    quoted_at = models.DateTimeField()
    valid_until = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(gross_minor__gte=0), name="quote_is_not_negative"),
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("quoted_at")), name="quote_is_valid_for_a_while"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__lte=F("quoted_at") + NOTICE),
                name="quote_is_valid_for_a_week",
            ),
        ]
        indexes = [
            models.Index(fields=["buyer", "-id"], name="quote_of_buyer"),
            models.Index(
                fields=["project", "-id"],
                condition=Q(project__isnull=False),
                name="quote_by_project",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gross_minor} {self.asset} {self.id}"


class QuoteLink(models.Model):
    """A link that shows one quote to whoever has it, until it ends; its token is kept as a hash."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="links")
    buyer = models.ForeignKey("identity.Organization", on_delete=models.PROTECT, related_name="+")
    link_hash = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("issued_at"))
                & Q(expires_at__lte=F("issued_at") + LINK_LASTS_MAX),
                name="quote_link_ends",
            ),
            models.CheckConstraint(
                condition=Q(link_hash__regex=r"^[0-9a-f]{64}$"), name="quote_link_keeps_a_hash"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quote_id} until {self.expires_at}"


class Path(models.Model):
    """What the network between two hubs is from a moment on; the latest row before a time holds."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # A path has no direction: its hubs stand in the order of the alphabet.
    hub_a = models.CharField(max_length=8)
    hub_b = models.CharField(max_length=8)
    latency_ms = models.DecimalField(max_digits=7, decimal_places=1, help_text="there and back")
    bandwidth_gbps = models.PositiveIntegerField()
    price_per_gb = models.DecimalField(max_digits=10, decimal_places=4, help_text="in yuan")
    basis = models.CharField(max_length=8, choices=PathBasis.choices)
    source = models.CharField(max_length=200)
    starts_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hub_a", "hub_b", "starts_at"], name="path_says_one_thing_at_a_time"
            ),
            models.CheckConstraint(condition=Q(hub_a__lt=F("hub_b")), name="path_has_two_ends"),
            models.CheckConstraint(
                condition=Q(latency_ms__gt=0, bandwidth_gbps__gt=0, price_per_gb__gte=0),
                name="path_figures_are_figures",
            ),
            models.CheckConstraint(
                condition=Q(basis__in=PathBasis.values), name="path_basis_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hub_a}–{self.hub_b}"


class PriceGroupEntry(models.Model):
    """That a buyer pays a provider's prices of a group for a time; only its end ever moves."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    about = models.BigIntegerField(
        editable=False, default=0, help_text="whom it is about, as a number: set by the database"
    )
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    buyer = models.ForeignKey(
        "identity.Organization",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="none: whoever is related to the provider",
    )
    project_code = models.CharField(
        max_length=PROJECT_CODE_MAX,
        blank=True,
        help_text="of the buyer's own; empty: all that it orders",
    )
    price_group = models.CharField(max_length=8, choices=PriceGroup.choices)
    reason = models.CharField(max_length=REASON_MAX)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        indexes = [
            models.Index(fields=["provider", "-id"], name="price_group_of_provider"),
            models.Index(fields=["buyer", "-id"], name="price_group_of_buyer"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(price_group__in=PriceGroup.values), name="price_group_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="price_group_ends_after_start",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & (Q(buyer__isnull=True) | ~Q(buyer=F("provider"))),
                name="price_group_is_for_another",
            ),
            models.CheckConstraint(
                condition=Q(project_code="") | Q(buyer__isnull=False),
                name="price_group_project_has_a_buyer",
            ),
            ExclusionConstraint(
                name="price_groups_never_overlap",
                expressions=[
                    (
                        Func(F("about"), F("about"), models.Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(F("starts_at"), F("ends_at"), function="tstzrange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.price_group} {self.id}"


class RatePlanDraft(models.Model):
    """What a provider may make of a plan: sound terms, seen by nobody else, changed at will."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    plan = models.ForeignKey(RatePlan, on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey(
        "identity.Organization", on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=80)
    terms = models.JSONField()
    source = models.CharField(max_length=SOURCE_MAX, blank=True, db_default="")
    clause = models.CharField(max_length=CLAUSE_MAX, blank=True, db_default="")
    calendars = models.JSONField(default=list, db_default=[])
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        indexes = [
            models.Index(fields=["plan", "-id"], name="draft_of_plan"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="draft_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

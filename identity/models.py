"""Organisations, the people who act for them, and what they prove themselves with."""

import hashlib
from typing import Any, ClassVar, Final

from django.contrib.auth.models import AbstractUser
from django.db import connection, models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from common import seals
from common.ids import uuid7
from identity import register_models  # noqa: F401 - tables of this room
from identity.contracts import (
    ACCESS_MESSAGE_MAX,
    ROLES_ASKED_FOR,
    SUSPENSION_REASON_MAX,
    AccessState,
    CapacityUnit,
    CertificateKind,
    ResourceClass,
    ResourceForm,
    ResourceStatus,
    Role,
    Theme,
    TieKind,
)
from identity.credential_models import ApiKey, MeteringAgent
from identity.users import UserManager

__all__ = [
    "PASSWORD_MARK",
    "UNGUARDED_FIELDS",
    "AccessRequest",
    "ApiKey",
    "ComputeResource",
    "HardwareSerial",
    "IdempotencyRecord",
    "IdentifierProfile",
    "Membership",
    "MeteringAgent",
    "Organization",
    "OrganizationTie",
    "SignedInDevice",
    "SmeCertificate",
    "Suspension",
    "User",
]
# What the database puts into a row in place of a hash (identity_keep_password).
PASSWORD_MARK: Final = "kept$"  # noqa: S105 - a mark, no password
UNGUARDED_FIELDS: Final = frozenset({"last_login", "name", "language", "zone", "theme", "acts_for"})


class User(AbstractUser):
    """A person who signs in. Personal data lives here alone, apart from what was traded."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    language = models.CharField(max_length=10, default="zh-hans")
    zone = models.CharField(
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text="in which the person reads times; empty: the market's",
    )
    theme = models.CharField(
        max_length=6,
        choices=Theme.choices,
        blank=True,
        default="",
        db_default="",
        help_text="empty: as the person's system is",
    )

    acts_for = models.UUIDField(
        null=True, blank=True, help_text="the organisation that was chosen last"
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.email

    @property
    def called(self) -> str:
        """The person's name as colleagues read it, or the address while no name was given."""
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row, in the name of signing in unless only unguarded fields are written."""
        fields = kwargs.get("update_fields")
        if fields is not None and UNGUARDED_FIELDS.issuperset(fields):
            super().save(*args, **kwargs)
            return
        with seals.signing_in():
            super().save(*args, **kwargs)

    def check_password(self, raw_password: str | None) -> bool:
        """Return whether this is the person's password; the row itself holds a mark of its hash."""
        mark = self.password
        if not mark.startswith(PASSWORD_MARK):
            return super().check_password(raw_password)
        self.password = kept = self._kept_password()
        try:
            return super().check_password(raw_password)
        finally:
            if self.password == kept:
                self.password = mark

    def _kept_password(self) -> str:
        with connection.cursor() as cursor:
            seal = seals.seal(seals.SIGN_IN)
            cursor.execute("SELECT coalesce(identity_password(%s, %s), '!')", [self.pk, seal])
            row = cursor.fetchone()
        return str(row[0]) if row else "!"

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what sessions end with: it changes with the password, whose hash is not needed."""
        mark = self.password
        if not mark.startswith((PASSWORD_MARK, "!")):
            mark = PASSWORD_MARK + hashlib.sha256(mark.encode()).hexdigest()
        salt = "identity.User.get_session_auth_hash"
        return salted_hmac(salt, mark, secret=secret, algorithm="sha256").hexdigest()


class SignedInDevice(models.Model):
    """
    A browser in which a person is signed in: as much of it as lets the person know it again.

    The row goes with its session (a foreign key of the database), whoever ends that.
    """

    session_key = models.CharField(primary_key=True, max_length=40, help_text="as it is stored")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    place = models.CharField(max_length=50, help_text="the network it comes from, not the address")
    agent = models.CharField(max_length=200, blank=True, help_text="what the browser calls itself")
    signed_in_at = models.DateTimeField()
    last_used_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(last_used_at__gte=F("signed_in_at")), name="device_used_after_sign_in"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.agent}"


class Organization(models.Model):
    """A legal entity, known by its unified social credit code (GB 32100-2015)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    uscc = models.CharField(max_length=18, unique=True)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    region = models.CharField(max_length=6, blank=True, help_text="GB/T 2260 code")
    industry = models.CharField(max_length=5, blank=True, help_text="GB/T 4754 code")
    created_at = models.DateTimeField(auto_now_add=True)
    suspended_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="kept by the table of suspensions alone"
    )
    onboarding_since = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="kept by the table of onboardings alone"
    )
    closed_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="kept by the table of closures alone"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(uscc__regex=r"^[0-9A-HJ-NPQRTUW-Y]{18}$"),
                name="organization_uscc_is_well_formed",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Suspension(models.Model):
    """
    A time in which an organisation begins nothing new; two people suspend it, two reinstate it.

    What runs goes on and is charged, and its members go on reading.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=SUSPENSION_REASON_MAX)
    since = models.DateTimeField()
    suspended_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agreed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposal = models.OneToOneField("approvals.Proposal", models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=SUSPENSION_REASON_MAX, blank=True)
    reinstated_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    end_agreed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    end_proposal = models.OneToOneField(
        "approvals.Proposal", models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(reason=""), name="suspension_has_a_reason"),
            models.CheckConstraint(
                condition=Q(
                    ended_at=None,
                    end_reason="",
                    reinstated_by=None,
                    end_agreed_by=None,
                    end_proposal=None,
                )
                | Q(
                    ~Q(end_reason=""),
                    ended_at__gte=F("since"),
                    reinstated_by__isnull=False,
                    end_agreed_by__isnull=False,
                    end_proposal__isnull=False,
                ),
                name="suspension_ended_by_two",
            ),
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(ended_at=None),
                name="organization_suspended_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="suspension_of_organization")
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.since:%Y-%m-%d %H:%M}"


class AccessRequest(models.Model):
    """
    That somebody who is no member asks to be let in; written by `identity_ask_access` alone.

    What it says is what a stranger says: nobody has checked more than the form of the code.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    uscc = models.CharField(max_length=18)
    organization_name = models.CharField(max_length=120)
    person_name = models.CharField(max_length=80)
    email = models.EmailField()
    role = models.CharField(max_length=8, choices=Role.choices)
    message = models.CharField(max_length=ACCESS_MESSAGE_MAX, blank=True)
    language = models.CharField(max_length=10)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=AccessState.choices, default=AccessState.WAITING)
    answer = models.CharField(max_length=ACCESS_MESSAGE_MAX, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["uscc", "email", "role"],
                condition=Q(state=AccessState.WAITING),
                name="access_asked_once",
            ),
            models.CheckConstraint(
                condition=Q(uscc__regex=r"^[0-9A-HJ-NPQRTUW-Y]{18}$"),
                name="access_uscc_is_well_formed",
            ),
            models.CheckConstraint(
                condition=Q(role__in=ROLES_ASKED_FOR), name="access_role_may_be_asked_for"
            ),
            models.CheckConstraint(
                condition=Q(state=AccessState.WAITING, answered_at=None, answered_by=None)
                | Q(
                    state__in=(AccessState.ACCEPTED, AccessState.DECLINED),
                    answered_at__isnull=False,
                    answered_by__isnull=False,
                ),
                name="access_answered_by_somebody",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["asked_at"], name="access_by_time")]

    def __str__(self) -> str:
        return f"{self.organization_name} {self.state}"


class OrganizationTie(models.Model):
    """That one organisation controls another, or holds a share of it, from a day until another."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    holder = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    held = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=TieKind.choices)
    share = models.DecimalField(
        max_digits=9, decimal_places=8, null=True, help_text="of the whole: 0.25 is a quarter"
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, help_text="exclusive; empty while it lasts")
    source = models.CharField(max_length=200, help_text="where it is known from")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(holder=F("held")), name="tie_is_to_another"),
            models.CheckConstraint(
                condition=Q(kind=TieKind.CONTROL) | Q(kind=TieKind.SHARE, share__isnull=False),
                name="tie_share_is_said",
            ),
            models.CheckConstraint(
                condition=Q(share__isnull=True) | Q(share__gt=0, share__lte=1),
                name="tie_share_is_a_part",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="tie_ends_after_start",
            ),
            models.UniqueConstraint(
                fields=["holder", "held", "kind"],
                condition=Q(valid_to__isnull=True),
                name="tie_lasts_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["valid_from", "valid_to"], name="tie_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.holder_id} {self.kind} {self.held_id}"


class Membership(models.Model):
    """One role of one person in one organisation."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="memberships"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "user", "role"], name="membership_role_once"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role} {self.organization}"


class SmeCertificate(models.Model):
    """Evidence, checked by somebody else, of what an enterprise is: small, young, technological."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="sme_certificates"
    )
    kind = models.CharField(max_length=16, choices=CertificateKind.choices)
    number = models.CharField(max_length=40, unique=True)
    issued_by = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    issued_by_person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()
    valid_to = models.DateField(help_text="exclusive")
    staff_count = models.PositiveIntegerField(null=True, blank=True)
    revenue_minor = models.BigIntegerField(null=True, blank=True)
    assets_minor = models.BigIntegerField(null=True, blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    staff_score = models.PositiveSmallIntegerField(null=True, blank=True)
    established_on = models.DateField(null=True, blank=True)
    criteria = models.CharField(
        max_length=20, blank=True, help_text="version of the criteria that were met"
    )
    reminded_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="how near its end was when its holder was last reminded"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by_person = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["valid_to"],
                condition=Q(revoked_at__isnull=True),
                name="sme_certificate_by_end",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by_person__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by_person__isnull=False),
                name="sme_certificate_is_revoked_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__gt=F("valid_from")), name="sme_certificate_period"
            ),
            models.CheckConstraint(
                condition=Q(revenue_minor__gte=0) & Q(assets_minor__gte=0),
                name="sme_certificate_figures",
            ),
            models.CheckConstraint(
                condition=~Q(organization=F("issued_by")), name="sme_certificate_by_another"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class IdentifierProfile(models.Model):
    """One version of the layout of compute identifiers, as data; never edited."""

    version = models.CharField(primary_key=True, max_length=8)
    definition = models.JSONField()
    content_hash = models.CharField(max_length=64, unique=True)
    source = models.CharField(max_length=200)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="identifier_profile_period",
            ),
        ]

    def __str__(self) -> str:
        return self.version


class ComputeResource(models.Model):
    """Capacity of one provider in one place, with the compute identifier that names it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    identifier = models.CharField(max_length=96, unique=True)
    profile = models.ForeignKey(IdentifierProfile, on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="resources")
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    industry = models.CharField(max_length=5, help_text="GB/T 4754 section and division")
    region = models.CharField(max_length=6, help_text="GB/T 2260 code")
    resource_class = models.CharField(max_length=8, choices=ResourceClass.choices)
    form = models.CharField(max_length=10, choices=ResourceForm.choices)
    specification = models.JSONField()
    serial = models.CharField(max_length=20)
    prefix = models.CharField(
        max_length=96, default="", db_default="", help_text="within which a serial is given once"
    )
    capacity_unit = models.CharField(max_length=8, choices=CapacityUnit.choices)
    total_milli = models.BigIntegerField()
    available_milli = models.BigIntegerField()
    observed_at = models.DateTimeField()
    status = models.CharField(
        max_length=10, choices=ResourceStatus.choices, default=ResourceStatus.ACTIVE
    )
    verification_level = models.PositiveSmallIntegerField(default=0)
    pue = models.DecimalField(max_digits=4, decimal_places=3, null=True, blank=True)
    grid_region = models.CharField(max_length=6, blank=True, help_text="GB/T 2260 province code")
    registered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["profile", "prefix", "serial"], name="resource_serial_once"
            ),
            models.CheckConstraint(
                condition=Q(total_milli__gt=0)
                & Q(available_milli__gte=0)
                & Q(available_milli__lte=F("total_milli")),
                name="resource_available_within_total",
            ),
            models.CheckConstraint(
                condition=Q(verification_level__lte=3), name="resource_verification_level"
            ),
            models.CheckConstraint(
                condition=Q(pue__isnull=True) | Q(pue__gte=1), name="resource_pue_at_least_one"
            ),
            models.CheckConstraint(
                condition=Q(identifier__regex=r"^[0-9A-Z][0-9A-Z./:-]{0,95}$"),
                name="resource_identifier_ascii",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["region", "resource_class"], name="resource_by_book"),
        ]

    def __str__(self) -> str:
        return self.identifier


class HardwareSerial(models.Model):
    """A piece of hardware that a resource is made of, by the hash of its serial."""

    id = models.BigAutoField(primary_key=True)
    resource = models.ForeignKey(ComputeResource, on_delete=models.PROTECT, related_name="hardware")
    provider_id = models.UUIDField()
    serial_hash = models.CharField(max_length=64)
    is_current = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["serial_hash"], condition=Q(is_current=True), name="hardware_serial_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.serial_hash[:12]}"


class IdempotencyRecord(models.Model):
    """The reply to a request that created value, kept so that a retry gets it again."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "key"], name="idempotency_key_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="idempotency_by_age")]

    def __str__(self) -> str:
        return self.key

"""What the register's API reads and answers."""

import base64
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.money import AMOUNT_MINOR_MAX
from identity import public_keys, standings
from identity.contracts import (
    ROLES_ASKED_FOR,
    CapacityUnit,
    CertificateKind,
    OrganizationKind,
    RenameKind,
    ResourceClass,
    ResourceForm,
    ResourceStatus,
    Role,
)
from identity.http.fields import (
    DayField,
    MomentField,
    StrictCharField,
    StrictDecimalField,
    StrictIntegerField,
    StrictSerializer,
    StrictUUIDField,
)
from identity.identifiers.regions import hub_of
from identity.key_networks import NETWORK_LENGTH_MAX, NETWORKS_MAX
from identity.models import Membership
from identity.uscc import kind_of_body


class OrganizationReply(serializers.Serializer[Any]):
    """A legal entity."""

    id = serializers.UUIDField()
    uscc = serializers.CharField()
    kind = serializers.SerializerMethodField()
    name = serializers.CharField()
    name_en = serializers.CharField()
    region = serializers.CharField()
    industry = serializers.CharField()
    created_at = serializers.DateTimeField()
    suspended_at = serializers.DateTimeField(
        allow_null=True, help_text="while it is suspended: since when"
    )
    onboarding_since = serializers.DateTimeField(
        allow_null=True, help_text="while it does its checklist: since when"
    )
    closed_at = serializers.DateTimeField(allow_null=True, help_text="once it was closed: when")

    @extend_schema_field(serializers.ChoiceField(OrganizationKind.choices))
    def get_kind(self, found: Any) -> str:
        """Return what kind of body it is, as its credit code says."""
        return kind_of_body(found.uscc).value


class NewOrganization(StrictSerializer):
    """A legal entity to enter."""

    uscc = StrictCharField(max_length=18)
    name = StrictCharField(max_length=120)
    name_en = StrictCharField(max_length=160, required=False, allow_blank=True)
    region = StrictCharField(max_length=6, required=False, allow_blank=True)
    industry = StrictCharField(max_length=5, required=False, allow_blank=True)
    role = serializers.ChoiceField(
        [role.value for role in ROLES_ASKED_FOR],
        default=Role.BUYER,
        help_text="whose checklist it does before it trades",
    )


class OrganizationChanges(StrictSerializer):
    """What an organisation may change about itself."""

    name = StrictCharField(max_length=120, required=False)
    name_en = StrictCharField(max_length=160, required=False, allow_blank=True)
    region = StrictCharField(max_length=6, required=False, allow_blank=True)
    industry = StrictCharField(max_length=5, required=False, allow_blank=True)


class PersonReply(serializers.Serializer[Any]):
    """The person who is signed in."""

    id = serializers.IntegerField()
    email = serializers.EmailField()
    name = serializers.CharField()
    language = serializers.CharField()
    zone = serializers.CharField(help_text="in which times are shown; empty: the market's")
    theme = serializers.ChoiceField(["", "light", "dark"], help_text="empty: as the system's")


class MeReply(serializers.Serializer[Any]):
    """Who acts, for whom, and in which roles."""

    user = PersonReply(allow_null=True, help_text="null for an API key")
    organization = OrganizationReply()
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices))
    withheld_roles = serializers.ListField(
        child=serializers.ChoiceField(Role.choices),
        help_text="roles that wait for a second factor",
    )
    scopes = serializers.ListField(child=serializers.CharField(), allow_null=True)
    organizations = OrganizationReply(many=True)


class MeChanges(StrictSerializer):
    """What a person may change about themselves, and which organisation they act for."""

    name = StrictCharField(max_length=80, required=False, allow_blank=True)
    language = serializers.ChoiceField(["zh-hans", "en"], required=False)
    zone = StrictCharField(max_length=40, required=False, allow_blank=True)
    theme = serializers.ChoiceField(["", "light", "dark"], required=False)
    organization_id = StrictUUIDField(required=False)


class MemberReply(serializers.Serializer[Any]):
    """One role of one person."""

    id = serializers.IntegerField()
    email = serializers.EmailField(source="user.email")
    name = serializers.SerializerMethodField()
    role = serializers.ChoiceField(Role.choices)
    created_at = serializers.DateTimeField()

    def get_name(self, membership: Membership) -> str:
        """Return the name, to duties across the market: else an invitation would ask for it."""
        actor = getattr(self.context.get("request"), "actor", None)
        return membership.user.name if actor and actor.spans_tenants else ""


class InvitationReply(serializers.Serializer[Any]):
    """A role that somebody was given: what was asked for, and nothing about who they are."""

    id = serializers.IntegerField()
    email = serializers.EmailField(source="user.email")
    role = serializers.ChoiceField(Role.choices)
    created_at = serializers.DateTimeField()


class NewMember(StrictSerializer):
    """A role for a person, who is invited if new."""

    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(Role.choices)
    reason = StrictCharField(
        max_length=500,
        required=False,
        default="",
        allow_blank=True,
        help_text="for whoever approves the role",
    )


class ApiKeyReply(serializers.Serializer[Any]):
    """An API key without its secret."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    prefix = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices))
    scopes = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    networks = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="CIDR; null: from everywhere"
    )
    ends_at = serializers.DateTimeField(
        allow_null=True, help_text="until when a replaced secret is good beside the new one"
    )
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="to within some minutes")
    last_used_from = serializers.CharField(help_text="the network, no address")


class NewApiKeyReply(ApiKeyReply):
    """A new API key; its secret is never shown again."""

    secret = serializers.CharField()


class NewApiKey(StrictSerializer):
    """An API key to make."""

    name = StrictCharField(max_length=80)
    roles = serializers.ListField(
        child=serializers.ChoiceField(Role.choices), min_length=1, max_length=len(Role)
    )
    scopes = serializers.ListField(
        child=StrictCharField(max_length=60), min_length=1, max_length=40
    )
    expires_at = MomentField()
    networks = serializers.ListField(
        child=StrictCharField(max_length=NETWORK_LENGTH_MAX),
        required=False,
        max_length=NETWORKS_MAX,
    )


class NewToken(StrictSerializer):
    """A personal access token to make; it has the roles of its person, and never more."""

    name = StrictCharField(max_length=80)
    scopes = serializers.ListField(
        child=StrictCharField(max_length=60), min_length=1, max_length=40
    )
    expires_at = MomentField()
    networks = serializers.ListField(
        child=StrictCharField(max_length=NETWORK_LENGTH_MAX),
        required=False,
        max_length=NETWORKS_MAX,
    )


class KeyRotation(StrictSerializer):
    """Until when the former secret is good beside the new one: at most a week from now."""

    former_ends_at = MomentField()


class RevokedKeys(serializers.Serializer[Any]):
    """How many keys were ended."""

    revoked = serializers.IntegerField()


class PublicKeyField(serializers.Field[bytes, str, str, Any]):
    """The 32 bytes of an Ed25519 public key in base64, or the key as RFC 8410 wraps it."""

    default_error_messages = {"invalid": _("Send the 32 bytes of the key in base64.")}

    def to_internal_value(self, data: Any) -> bytes:
        """Return the bytes."""
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            return public_keys.read(data)
        except ValueError:
            self.fail("invalid")

    def to_representation(self, value: bytes) -> str:
        """Return the base64 text."""
        return base64.b64encode(bytes(value)).decode()


PublicKeyField = extend_schema_field(  # type: ignore[misc]
    {"type": "string", "minLength": 43, "maxLength": public_keys.TEXT_LENGTH_MAX}
)(PublicKeyField)


class AgentReply(serializers.Serializer[Any]):
    """A metering agent."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    key_id = serializers.CharField()
    public_key = PublicKeyField()
    created_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(
        allow_null=True, help_text="until when a replaced key is good beside the new one"
    )


class NewAgent(StrictSerializer):
    """A metering agent to register."""

    name = StrictCharField(max_length=80)
    public_key = PublicKeyField()


class SmeCertificateReply(serializers.Serializer[Any]):
    """An SME certificate."""

    id = serializers.UUIDField()
    organization_id = serializers.UUIDField()
    issued_by_id = serializers.UUIDField()
    kind = serializers.ChoiceField(CertificateKind.choices)
    number = serializers.CharField()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(help_text="exclusive")
    staff_count = serializers.IntegerField(allow_null=True)
    revenue_minor = serializers.IntegerField(allow_null=True)
    assets_minor = serializers.IntegerField(allow_null=True)
    score = serializers.IntegerField(allow_null=True)
    staff_score = serializers.IntegerField(allow_null=True)
    established_on = serializers.DateField(allow_null=True)
    criteria = serializers.CharField(help_text="version of the criteria that were met")
    revoked_at = serializers.DateTimeField(allow_null=True)


class NewSmeCertificate(StrictSerializer):
    """A certificate to issue: its kind's criteria say which figures it needs. Amounts in fen."""

    organization_id = StrictUUIDField()
    kind = serializers.ChoiceField(CertificateKind.choices)
    number = StrictCharField(max_length=40)
    valid_from = DayField()
    valid_to = DayField(help_text="exclusive")
    staff_count = StrictIntegerField(
        min_value=0, max_value=10_000_000, required=False, allow_null=True
    )
    revenue_minor = StrictIntegerField(
        min_value=0, max_value=AMOUNT_MINOR_MAX, required=False, allow_null=True
    )
    assets_minor = StrictIntegerField(
        min_value=0, max_value=AMOUNT_MINOR_MAX, required=False, allow_null=True
    )
    established_on = DayField(required=False, allow_null=True)
    is_listed = serializers.BooleanField(
        required=False, default=False, help_text="on a list of abnormal or dishonest enterprises"
    )
    score = StrictIntegerField(min_value=0, max_value=100, required=False, allow_null=True)
    staff_score = StrictIntegerField(min_value=0, max_value=100, required=False, allow_null=True)


class ChipCount(StrictSerializer):
    """So many cards of one chip."""

    chip = StrictCharField(max_length=60)
    cards = StrictIntegerField(min_value=1, max_value=999_999)


class Specification(StrictSerializer):
    """What a resource is made of: chips with cards, or vCPUs, or nodes, and what nodes hold."""

    chip = StrictCharField(max_length=60, required=False)
    cards = StrictIntegerField(min_value=1, max_value=999_999, required=False)
    chips = serializers.ListField(child=ChipCount(), required=False, min_length=1, max_length=4)
    vcpu = StrictIntegerField(min_value=1, max_value=999_999, required=False)
    nodes = StrictIntegerField(min_value=1, max_value=999_999, required=False)
    memory_gb = StrictIntegerField(min_value=1, max_value=999_999_999, required=False)
    threads_per_core = StrictIntegerField(min_value=1, max_value=16, required=False)
    gb = StrictIntegerField(
        min_value=1, max_value=999_999_999, required=False, help_text="of storage"
    )
    gbps = StrictIntegerField(
        min_value=1, max_value=999_999_999, required=False, help_text="of a network"
    )
    tps = StrictIntegerField(
        min_value=1, max_value=999_999_999, required=False, help_text="tokens a second of an API"
    )


class NewResource(StrictSerializer):
    """A resource to register; its compute identifier is made from these facts."""

    name = StrictCharField(max_length=120)
    name_en = StrictCharField(max_length=160, required=False, allow_blank=True)
    industry = StrictCharField(max_length=5, required=False)
    region = StrictCharField(max_length=6)
    resource_class = serializers.ChoiceField(ResourceClass.choices)
    form = serializers.ChoiceField(ResourceForm.choices)
    specification = Specification()
    pool = StrictCharField(
        max_length=96, required=False, help_text="prefix of one of your pools, `SP2-…`"
    )
    serial = StrictCharField(max_length=8, required=False)
    capacity_unit = serializers.ChoiceField(CapacityUnit.choices)
    total_milli = StrictIntegerField(min_value=1, max_value=10**12)
    pue = StrictDecimalField(
        max_digits=4, decimal_places=3, min_value=1, max_value=9, required=False, allow_null=True
    )
    grid_region = StrictCharField(max_length=6, required=False, allow_blank=True)
    hardware_serials = serializers.ListField(
        child=StrictCharField(max_length=64),
        max_length=1_024,
        required=False,
        help_text="of its machines or cards; kept as hashes, and no two resources name the same",
    )


class ResourceChanges(StrictSerializer):
    """Where a resource stands in the register, and how it is called."""

    status = serializers.ChoiceField(ResourceStatus.choices, required=False)
    reason = StrictCharField(
        max_length=500, required=False, allow_blank=True, help_text="of the state; public"
    )
    name = StrictCharField(max_length=120, required=False)
    name_en = StrictCharField(max_length=160, required=False, allow_blank=True)
    hardware_serials = serializers.ListField(
        child=StrictCharField(max_length=64),
        max_length=1_024,
        required=False,
        help_text="all of them, anew; what is left out is free for others",
    )


class ProviderReply(serializers.Serializer[Any]):
    """The owner of a resource, as everyone may see it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    name_en = serializers.CharField()


class HubReply(serializers.Serializer[Any]):
    """A cluster of a national compute hub."""

    code = serializers.CharField()
    hub = serializers.CharField()
    hub_en = serializers.CharField()
    cluster = serializers.CharField()
    cluster_en = serializers.CharField()
    regions = serializers.ListField(child=serializers.CharField())


class RegionReply(serializers.Serializer[Any]):
    """A division of GB/T 2260 and the days on which its code was in force."""

    code = serializers.CharField()
    name = serializers.CharField()
    name_en = serializers.CharField()
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True, help_text="exclusive")


class IndustryReply(serializers.Serializer[Any]):
    """A section or division of GB/T 4754 and the days on which its code stood for it."""

    code = serializers.CharField()
    name = serializers.CharField()
    name_en = serializers.CharField()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True, help_text="exclusive")


class IndustriesAsked(StrictSerializer):
    """The day on which codes are to be in force."""

    on = DayField(
        required=False,
        help_text="a day in the market's time zone; by default every row is told",
    )


class ProfileReply(serializers.Serializer[Any]):
    """One version of the layout of compute identifiers."""

    version = serializers.CharField()
    definition = serializers.JSONField()
    content_hash = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment] # shadows a setting of Field
    valid_from = serializers.DateTimeField()
    valid_to = serializers.DateTimeField(allow_null=True)


class ResourceReply(serializers.Serializer[Any]):
    """A resource of the public register."""

    id = serializers.UUIDField()
    identifier = serializers.CharField()
    name = serializers.CharField()
    name_en = serializers.CharField()
    provider = ProviderReply()
    industry = serializers.CharField()
    region = serializers.CharField()
    hub = serializers.SerializerMethodField()
    resource_class = serializers.ChoiceField(ResourceClass.choices)
    form = serializers.ChoiceField(ResourceForm.choices)
    specification = serializers.JSONField()
    serial = serializers.CharField()
    capacity_unit = serializers.ChoiceField(CapacityUnit.choices)
    total_milli = serializers.IntegerField()
    available_milli = serializers.IntegerField()
    observed_at = serializers.DateTimeField()
    status = serializers.SerializerMethodField()
    own_status = serializers.ChoiceField(
        ResourceStatus.choices, source="status", help_text="without its owner and its grants"
    )
    verification_level = serializers.IntegerField()
    pue = serializers.DecimalField(max_digits=4, decimal_places=3, allow_null=True)
    grid_region = serializers.CharField()
    registered_at = serializers.DateTimeField()

    @extend_schema_field(
        serializers.ChoiceField(
            ResourceStatus.choices,
            help_text="for everybody: the worst of its own, its owner's and its grants'",
        )
    )
    def get_status(self, resource: Any) -> str:
        """Return the state that counts; lists have read it for a page at a time."""
        known = getattr(resource, "counted_status", None)
        return str(known or standings.counted_status(resource)[0])

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_hub(self, resource: Any) -> str | None:
        """Return the code of the cluster that the region belongs to."""
        hub = hub_of(resource.region)
        return hub.code if hub else None


class ObservedCapacity(serializers.Serializer[Any]):
    """One of the two readings of an identifier."""

    milli = serializers.IntegerField(help_text="thousandths of the unit")
    observed_at = serializers.DateTimeField()


class ResolvedOwner(serializers.Serializer[Any]):
    """The owner behind an identifier."""

    name = serializers.CharField()
    name_en = serializers.CharField()
    uscc_masked = serializers.CharField()


class ResolvedEnergy(serializers.Serializer[Any]):
    """What the resource's site uses."""

    pue = serializers.DecimalField(max_digits=4, decimal_places=3, allow_null=True)
    grid_region = serializers.CharField()


class ResolvedState(serializers.Serializer[Any]):
    """What is perceived of a resource now, from its agent, the market's probe and its book."""

    available_milli = serializers.IntegerField(
        allow_null=True, help_text="thousandths of the unit; null: nobody who tells is fresh"
    )
    told_by = serializers.CharField(
        allow_null=True, help_text="whose figure it is: AGENT, PROBE, DELIVERY or MARKET"
    )
    observed_at = serializers.DateTimeField(allow_null=True)
    age_seconds = serializers.IntegerField(allow_null=True)
    health = serializers.CharField(help_text="OK, DEGRADED, DOWN or UNKNOWN")
    fresh_until = serializers.DateTimeField(allow_null=True)
    is_stale = serializers.BooleanField()


class ResolvedRename(serializers.Serializer[Any]):
    """That a code gave way to others."""

    from_code = serializers.CharField()
    to_codes = serializers.ListField(child=serializers.CharField())
    kind = serializers.ChoiceField(RenameKind.choices)
    reason = serializers.CharField()
    renamed_at = serializers.DateTimeField()


class Resolution(serializers.Serializer[Any]):
    """What the register answers about an identifier, and for how long the answer holds."""

    identifier = serializers.CharField()
    profile_version = serializers.CharField()
    resource_id = serializers.UUIDField()
    status = serializers.ChoiceField(ResourceStatus.choices)
    aliases = serializers.ListField(
        child=serializers.CharField(), help_text="further codes of the same resource"
    )
    renames = ResolvedRename(many=True, help_text="what it gave way to, four steps at most")
    renamed_too_often = serializers.BooleanField(help_text="more steps would follow")
    owner = ResolvedOwner()
    industry = serializers.CharField()
    region = serializers.CharField()
    region_name = serializers.CharField()
    resource_class = serializers.ChoiceField(ResourceClass.choices)
    form = serializers.ChoiceField(ResourceForm.choices)
    specification = serializers.JSONField()
    capacity_unit = serializers.ChoiceField(CapacityUnit.choices)
    total = ObservedCapacity()
    available = ObservedCapacity(help_text="by the market's own book")
    state = ResolvedState(allow_null=True)
    verification_level = serializers.IntegerField()
    energy = ResolvedEnergy()
    registered_at = serializers.DateTimeField()
    ttl_seconds = serializers.IntegerField()

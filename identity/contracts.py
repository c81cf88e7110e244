"""What other rooms see of people and organisations."""

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.errors import InvalidInput, NotFound, Refusal


class Theme(TextChoices):
    """How pages look to a person who chose."""

    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Role(TextChoices):
    """What a member may do in the name of the organisation."""

    PROVIDER = "PROVIDER", _("Provider")
    BUYER = "BUYER", _("Buyer")
    AUDITOR = "AUDITOR", _("Auditor")
    OPERATOR = "OPERATOR", _("Operator")
    ISSUER = "ISSUER", _("Voucher issuer")
    FINANCE = "FINANCE", _("Finance")


class AccessState(TextChoices):
    """Where a stranger's request to be let in stands."""

    WAITING = "WAITING", _("Waits for an answer")
    ACCEPTED = "ACCEPTED", _("Accepted")
    DECLINED = "DECLINED", _("Declined")


# What a stranger may ask to be. Everything else is a duty, and is given without being asked for.
ROLES_ASKED_FOR: Final = (Role.BUYER, Role.PROVIDER, Role.AUDITOR)
ACCESS_MESSAGE_MAX: Final = 2_000
SUSPENSION_KIND: Final = "identity.suspension"
REINSTATEMENT_KIND: Final = "identity.reinstatement"
SUSPENSION_REASON_MAX: Final = 500


class ResourceClass(TextChoices):
    """What a resource computes best."""

    GENERAL = "GENERAL", _("General compute")
    AI = "AI", _("AI compute")
    HPC = "HPC", _("High-performance compute")


class ResourceForm(TextChoices):
    """How a resource is handed over."""

    BARE_METAL = "BARE_METAL", _("Bare metal")
    VM = "VM", _("Virtual machine")
    CONTAINER = "CONTAINER", _("Container")
    API = "API", _("Programming interface")


class CapacityUnit(TextChoices):
    """The unit that a resource is counted in; quantities are whole thousandths of it."""

    CARD = "card", _("card")
    VCPU = "vcpu", _("vCPU")
    NODE = "node", _("node")
    GB = "gb", _("GB")  # of storage
    GBPS = "gbps", _("Gbit/s")  # of a network
    TPS = "tps", _("token/s")  # of an API that answers by tokens


class OrganizationKind(TextChoices):
    """What kind of body an organisation is, as its credit code says (GB 32100-2015, table 1)."""

    STATE_ORGAN = "STATE_ORGAN", _("State organ")
    INSTITUTION = "INSTITUTION", _("Public institution")
    MASS_ORGANIZATION = "MASS_ORGANIZATION", _("Mass organisation")
    ASSOCIATION = "ASSOCIATION", _("Association")
    PRIVATE_NON_ENTERPRISE = "PRIVATE_NON_ENTERPRISE", _("Private non-enterprise unit")
    FOUNDATION = "FOUNDATION", _("Foundation")
    ENTERPRISE = "ENTERPRISE", _("Enterprise")
    INDIVIDUAL_BUSINESS = "INDIVIDUAL_BUSINESS", _("Individual business")
    FARMERS_COOPERATIVE = "FARMERS_COOPERATIVE", _("Farmers' cooperative")
    OTHER = "OTHER", _("Another kind of body")


class OrganizationStanding(TextChoices):
    """Where an organisation of the register stands; the first that holds, from the last."""

    ONBOARDING = "ONBOARDING", _("Onboarding")
    ACTIVE = "ACTIVE", _("Active")
    SUSPENDED = "SUSPENDED", _("Suspended")
    CLOSED = "CLOSED", _("Closed")


class ResourceStatus(TextChoices):
    """Where a resource stands in the register."""

    REGISTERED = "REGISTERED", _("Registered")
    ACTIVE = "ACTIVE", _("Active")
    SUSPENDED = "SUSPENDED", _("Suspended")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("resource", "Withdrawn")
    RENAMED = "RENAMED", _("Renamed")  # final: another code stands for it, see `CodeRename`


class RenameKind(TextChoices):
    """How a code gives way to others."""

    RENAME = "rename", _("Another code for the same")
    SPLIT = "split", _("Split into several")
    MERGE = "merge", _("Merged with others")
    MOVE = "move", _("Moved to another node")


RENAME_STEPS_MAX: Final = 4  # that a reader follows
RENAMED_TO_MAX: Final = 16


class GrantLevel(TextChoices):
    """For whom a prefix of codes is granted."""

    NODE = "node", _("Node")
    OWNER = "owner", _("Owner")
    POOL = "pool", _("Pool")


class PoolRequestState(TextChoices):
    """What became of a request for a pool."""

    WAITING = "WAITING", _("Waiting for an answer")
    ALLOTTED = "ALLOTTED", _("Pool allotted")
    DECLINED = "DECLINED", _("Declined")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("of a request", "Withdrawn")


class GrantState(TextChoices):
    """Whether a grant holds; ended is final."""

    ACTIVE = "ACTIVE", _("Active")
    SUSPENDED = "SUSPENDED", _("Suspended")
    ENDED = "ENDED", _("Ended")


GRANT_END_KIND: Final = "identity.grant_end"
POOL_REQUEST_KIND: Final = "identity.pool_request"
PROFILE_KIND: Final = "identity.profile"
GRANT_REASON_MAX: Final = 500


class GrantNotFound(NotFound):
    """There is no such grant."""

    code = "grant_not_found"


class KeyKind(TextChoices):
    """For whom a key acts: an organisation's program, or one person."""

    ORGANIZATION = "ORGANIZATION", _("Key of the organisation")
    PERSONAL = "PERSONAL", _("Personal access token")


class CertificateKind(TextChoices):
    """Which definition a certificate attests of an enterprise."""

    SME = "SME", _("Small or medium enterprise")
    TECHNOLOGY_SME = "TECHNOLOGY_SME", _("Technology SME")
    SPECIALISED = "SPECIALISED", _("Specialised and innovative SME")
    HIGH_TECH = "HIGH_TECH", _("High-technology enterprise")
    START_UP = "START_UP", _("Start-up by age")


# Which of them attest that their holder is a small or medium enterprise.
SME_KINDS: Final = frozenset(
    {CertificateKind.SME, CertificateKind.TECHNOLOGY_SME, CertificateKind.SPECIALISED}
)


class EnterpriseSize(TextChoices):
    """How large an enterprise is, as its industry's table of sizes says; in ascending order."""

    MICRO = "MICRO", _("Micro enterprise")
    SMALL = "SMALL", _("Small enterprise")
    MEDIUM = "MEDIUM", _("Medium enterprise")
    LARGE = "LARGE", _("Large enterprise")


class EnterpriseClass(TextChoices):
    """What programmes tell enterprises apart by."""

    SME = "SME", _("SME")
    STARTUP = "STARTUP", _("Start-up")
    STANDARD = "STANDARD", _("Other enterprise")


class TieKind(TextChoices):
    """How one organisation is tied to another."""

    CONTROL = "CONTROL", _("Control")
    SHARE = "SHARE", _("Shareholding")


class Relation(TextChoices):
    """How the two parties of a trade are not strangers; empty: they are."""

    OWN = "OWN", _("Own listing")
    RELATED = "RELATED", _("Related by control or shareholding")
    SAME_PERSON = "SAME_PERSON", _("One person acts for both")


@dataclass(frozen=True, slots=True)
class Holder:
    """That a person who may sign in holds a role in an organisation."""

    user_id: int
    organization_id: UUID
    role: str


# Roles whose duty spans the tenants: they read what every organisation trades.
PLATFORM_ROLES = frozenset({Role.AUDITOR, Role.OPERATOR, Role.ISSUER, Role.FINANCE})
ANY_MEMBER = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a member, in a session or through an API key that the member answers for."""

    organization_id: UUID
    roles: frozenset[Role]
    person_id: int  # Behind a key it is the person who made it: every act has somebody's name.
    api_key_id: UUID | None = None
    scopes: frozenset[str] | None = None  # None: a person's session, bound by roles alone
    # Roles the person holds but may not use before a second factor is set up.
    withheld_roles: frozenset[Role] = frozenset()
    is_suspended: bool = False  # The organisation acts no more; its people see one page.
    # All that a signed-in person may act for, of which this is one.
    organization_ids: frozenset[UUID] = field(default=frozenset(), compare=False)

    def has_role(self, *roles: Role) -> bool:
        """Return whether the actor holds one of the roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def is_program(self) -> bool:
        """Return whether a program acts, by a key, and no person who is signed in."""
        return self.api_key_id is not None

    @property
    def spans_tenants(self) -> bool:
        """Return whether a duty of the actor reaches across organisations."""
        return not self.roles.isdisjoint(PLATFORM_ROLES)


class OrganizationSuspended(Refusal):
    """What begins something new waits until the organisation is reinstated."""

    code = "organization_suspended"
    status = 403
    sentence = _(
        "The organisation is suspended. Until it is reinstated it places no orders, offers"
        " nothing, gets no vouchers and uses no API keys; its deliveries are interrupted."
    )


class OrganizationOnboarding(Refusal):
    """What begins something new waits until two operators activate the organisation."""

    code = "organization_onboarding"
    status = 403
    sentence = _(
        "The organisation is being onboarded. Until its checklist is done and two operators"
        " activate it, it places no orders, offers nothing, gets no vouchers and makes no API keys."
    )


class OrganizationClosed(Refusal):
    """An organisation that was closed begins nothing, and nobody acts for it."""

    code = "organization_closed"
    status = 403
    sentence = _("The organisation was closed. Its records stay; nobody acts for it any more.")


class AlreadySuspended(Refusal):
    """An organisation is suspended once at a time."""

    code = "already_suspended"
    sentence = _("This organisation is suspended already.")


class NotSuspended(Refusal):
    """Only who is suspended is reinstated."""

    code = "not_suspended"
    sentence = _("This organisation is not suspended, or by another decision than this one.")


class SuspensionReasonMissing(InvalidInput):
    """Those whom it stops read why."""

    code = "suspension_reason_missing"
    sentence = _("Say why, in 1 to %(most)s characters.")


class SecondPersonRequired(Refusal):
    """Whoever asked for something, or belongs to whom it is about, does not decide about it."""

    code = "second_person_required"
    status = 403
    sentence = _("Another person must do this: nobody decides about what is their own.")

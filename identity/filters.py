"""What lists of the register may be narrowed by: the same for the API and for the pages."""

from typing import ClassVar, Final

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from common.filters import DayFilter, MomentFilter, UUIDFilter
from identity import selectors, standings
from identity.contracts import (
    ROLES_ASKED_FOR,
    AccessState,
    CertificateKind,
    GrantLevel,
    GrantState,
    OrganizationStanding,
    PoolRequestState,
    ResourceClass,
    ResourceForm,
    ResourceStatus,
    Role,
    TieKind,
)
from identity.identifiers import regions
from identity.models import (
    AccessRequest,
    ComputeResource,
    Membership,
    MeteringAgent,
    Organization,
    OrganizationTie,
    SmeCertificate,
)
from identity.register_models import IdentifierGrant, Pool, PoolRequest

TEXT_LENGTH_MAX: Final = 80
IDENTIFIER_LENGTH_MAX: Final = 120
PARTIES_MAX: Final = 50
HUBS: Final = [(hub.code, hub.cluster_en) for hub in regions.hubs()]


class TieFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Parties, kind and days of ties."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Name or credit code of a party")
    )
    kind = django_filters.ChoiceFilter(choices=TieKind.choices, label=_("Kind of tie"))
    lasts = django_filters.BooleanFilter(
        field_name="valid_to", lookup_expr="isnull", label=_("Without an end")
    )
    starts_from = DayFilter(field_name="valid_from", lookup_expr="gte", label=_("Starts from"))

    class Meta:
        model = OrganizationTie
        fields: ClassVar[list[str]] = []

    def search(
        self, queryset: QuerySet[OrganizationTie], _name: str, text: str
    ) -> QuerySet[OrganizationTie]:
        """Keep the ties of organisations that a text names."""
        parties = selectors.organization_ids_named(text, limit=PARTIES_MAX)
        return queryset.filter(Q(holder_id__in=parties) | Q(held_id__in=parties))


class AccessRequestFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Who asked to be let in, to be what, and when."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Organisation, person or code")
    )
    state = django_filters.ChoiceFilter(choices=AccessState.choices, label=_("State"))
    role = django_filters.ChoiceFilter(
        choices=[(role.value, role.label) for role in ROLES_ASKED_FOR], label=_("Role")
    )
    asked_from = MomentFilter(field_name="asked_at", lookup_expr="gte", label=_("Asked from"))
    asked_until = MomentFilter(field_name="asked_at", lookup_expr="lt", label=_("Asked until"))

    class Meta:
        model = AccessRequest
        fields: ClassVar[list[str]] = []

    def search(
        self, queryset: QuerySet[AccessRequest], _name: str, text: str
    ) -> QuerySet[AccessRequest]:
        """Keep the requests that a text is part of."""
        return queryset.filter(
            Q(organization_name__icontains=text)
            | Q(person_name__icontains=text)
            | Q(email__icontains=text)
            | Q(uscc__icontains=text)
        )


class OrganizationFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Names and codes of organisations."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Name or code")
    )
    standing = django_filters.ChoiceFilter(
        method="by_standing", choices=OrganizationStanding.choices, label=_("Standing")
    )

    class Meta:
        model = Organization
        fields: ClassVar[list[str]] = []

    def by_standing(
        self, queryset: QuerySet[Organization], _name: str, value: str
    ) -> QuerySet[Organization]:
        """Keep the organisations that stand so; what is closed is nothing else."""
        return standings.organizations_standing(queryset, OrganizationStanding(value))

    def search(
        self, queryset: QuerySet[Organization], _name: str, text: str
    ) -> QuerySet[Organization]:
        """Keep the organisations whose name holds a text, or whose code begins with it."""
        return selectors.organizations_matching(queryset, text)


class MemberFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Addresses and roles of members."""

    q = django_filters.CharFilter(
        field_name="user__email",
        lookup_expr="icontains",
        max_length=TEXT_LENGTH_MAX,
        label=_("E-mail address"),
    )
    role = django_filters.MultipleChoiceFilter(choices=Role.choices, label=_("Role"))

    class Meta:
        model = Membership
        fields: ClassVar[list[str]] = []


class AgentFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Names of agents, and whether their key is good for anything."""

    q = django_filters.CharFilter(
        field_name="name", lookup_expr="icontains", max_length=TEXT_LENGTH_MAX, label=_("Name")
    )
    revoked = django_filters.BooleanFilter(
        field_name="revoked_at", lookup_expr="isnull", exclude=True, label=_("Revoked")
    )

    class Meta:
        model = MeteringAgent
        fields: ClassVar[list[str]] = []


class SmeCertificateFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Numbers, holders and kinds of SME certificates."""

    q = django_filters.CharFilter(
        method="search", max_length=TEXT_LENGTH_MAX, label=_("Number, holder or code")
    )
    kind = django_filters.ChoiceFilter(choices=CertificateKind.choices, label=_("Attests"))
    revoked = django_filters.BooleanFilter(
        field_name="revoked_at", lookup_expr="isnull", exclude=True, label=_("Revoked")
    )

    class Meta:
        model = SmeCertificate
        fields: ClassVar[list[str]] = []

    def search(
        self, queryset: QuerySet[SmeCertificate], _name: str, text: str
    ) -> QuerySet[SmeCertificate]:
        """Keep the certificates that a text names, by number or holder."""
        return selectors.certificates_matching(queryset, text)


class ResourceFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """How the register can be searched."""

    q = django_filters.CharFilter(
        method="search", max_length=IDENTIFIER_LENGTH_MAX, label=_("Name or identifier")
    )
    region = django_filters.CharFilter(max_length=6, label=_("Region"))
    hub = django_filters.ChoiceFilter(choices=HUBS, method="in_hub", label=_("Hub"))
    resource_class = django_filters.ChoiceFilter(choices=ResourceClass.choices, label=_("Class"))
    form = django_filters.ChoiceFilter(choices=ResourceForm.choices, label=_("Handed over as"))
    status = django_filters.ChoiceFilter(
        choices=ResourceStatus.choices, method="counted", label=_("State")
    )
    provider = UUIDFilter(field_name="provider_id", label=_("Provider"))

    class Meta:
        model = ComputeResource
        fields: ClassVar[list[str]] = []

    def search(
        self, queryset: QuerySet[ComputeResource], _name: str, text: str
    ) -> QuerySet[ComputeResource]:
        """Keep the resources whose name or identifier holds the text."""
        return selectors.matching(queryset, text)

    def counted(
        self, queryset: QuerySet[ComputeResource], _name: str, status: str
    ) -> QuerySet[ComputeResource]:
        """Keep the resources that stand so, their owners and grants counted."""
        return standings.resources_counted(queryset, ResourceStatus(status))

    def in_hub(
        self, queryset: QuerySet[ComputeResource], _name: str, code: str
    ) -> QuerySet[ComputeResource]:
        """Keep the resources in the regions of a cluster."""
        return queryset.filter(region__in=regions.codes_in_hub(code))


class GrantFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Prefixes, names, levels and states of grants."""

    q = django_filters.CharFilter(
        method="search", max_length=IDENTIFIER_LENGTH_MAX, label=_("Prefix or name")
    )
    level = django_filters.ChoiceFilter(choices=GrantLevel.choices, label=_("Granted to"))
    state = django_filters.ChoiceFilter(
        choices=GrantState.choices, method="counted", label=_("State")
    )
    ends_before = MomentFilter(field_name="not_after", lookup_expr="lt", label=_("Ends before"))

    class Meta:
        model = IdentifierGrant
        fields: ClassVar[list[str]] = []

    def search(
        self, queryset: QuerySet[IdentifierGrant], _name: str, text: str
    ) -> QuerySet[IdentifierGrant]:
        """Keep the grants whose prefix begins with the text, or whose name holds it."""
        return queryset.filter(Q(prefix__startswith=text.upper()) | Q(name__icontains=text))

    def counted(
        self, queryset: QuerySet[IdentifierGrant], _name: str, state: str
    ) -> QuerySet[IdentifierGrant]:
        """Keep the grants that stand so, those above them counted."""
        return standings.grants_counted(queryset, GrantState(state))


class PoolFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """Prefixes and names of pools."""

    q = django_filters.CharFilter(
        method="search", max_length=IDENTIFIER_LENGTH_MAX, label=_("Prefix or name")
    )

    class Meta:
        model = Pool
        fields: ClassVar[list[str]] = []

    def search(self, queryset: QuerySet[Pool], _name: str, text: str) -> QuerySet[Pool]:
        """Keep the pools whose prefix begins with the text, or whose name holds it."""
        return queryset.filter(Q(prefix__startswith=text.upper()) | Q(name__icontains=text))


class PoolRequestFilter(django_filters.FilterSet):  # type: ignore[misc] # has no stubs
    """State and time of requests for pools."""

    state = django_filters.MultipleChoiceFilter(choices=PoolRequestState.choices, label=_("State"))
    asked_from = MomentFilter(field_name="asked_at", lookup_expr="gte", label=_("Asked from"))
    asked_until = MomentFilter(field_name="asked_at", lookup_expr="lt", label=_("Asked before"))

    class Meta:
        model = PoolRequest
        fields: ClassVar[list[str]] = []

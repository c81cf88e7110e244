"""Lists of the register: organisations, their members and certificates."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from identity import standings
from identity.contracts import CertificateKind, OrganizationStanding, Role
from identity.filters import MemberFilter, OrganizationFilter, SmeCertificateFilter
from identity.uscc import kind_of_body, masked
from marketplace.portal import names, tags
from marketplace.portal.tables import ListColumn, ListTable, Phone, RowLink, Shows, Tag

DAY: Final = timedelta(days=1)


def other_name(found: Any) -> str:
    """Return what something is called in the language that the reader did not choose."""
    return str(found.name if names.in_english() and found.name_en else found.name_en)


STANDING_TONES: Final = {
    OrganizationStanding.ONBOARDING: "warn",
    OrganizationStanding.ACTIVE: "ok",
    OrganizationStanding.SUSPENDED: "bad",
    OrganizationStanding.CLOSED: "",
}


def _standing(found: Any) -> Tag:
    standing = standings.standing_of_organization(found)
    return Tag(standing.label, STANDING_TONES[standing])


ORGANIZATIONS: Final = ListTable(
    name="organizations",
    title=_("Organisations"),
    filters=OrganizationFilter,
    columns=(
        ListColumn(
            "name",
            _("Organisation"),
            value=names.named,
            below=other_name,
            link=lambda row: reverse("portal:organization", args=[row.pk]),
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "standing",
            _("Standing"),
            Shows.TAG,
            value=_standing,
            phone=Phone.STATE,
        ),
        ListColumn("uscc", _("Unified social credit code"), Shows.IDENTIFIER, phone=Phone.STRIP),
        ListColumn("kind", _("Kind"), value=lambda row: kind_of_body(row.uscc).label),
        ListColumn(
            "region",
            _("Region"),
            value=lambda row: names.place(row.region) if row.region else "",
            phone=Phone.STRIP,
        ),
        ListColumn("industry", _("Industry")),
        ListColumn("created_at", _("Entered"), Shows.TIME, sort=("id",)),
    ),
)


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A role of a person, as a reader sees it."""

    member: Any
    shows_name: bool
    may_end: bool

    @property
    def pk(self) -> Any:
        """Return the membership's identifier."""
        return self.member.pk

    @property
    def role(self) -> Role:
        """Return the role."""
        return Role(self.member.role)


def _ending(line: MemberLine) -> list[RowLink]:
    if not line.may_end:
        return []
    found = line.member
    address = reverse("portal:member-remove", args=[found.organization_id, found.pk])
    return [RowLink(_("Take away"), address, f"{found.user.email} {line.role.label}")]


MEMBERS: Final = ListTable(
    name="members",
    title=_("Members"),
    filters=MemberFilter,
    size=25,
    columns=(
        ListColumn(
            "person",
            _("Person"),
            value=lambda line: line.member.user.email,
            # A name is told to duties across the market alone: else an invitation would ask for it.
            below=lambda line: line.member.user.name if line.shows_name else "",
            phone=Phone.KEY,
            is_fixed=True,
            is_wide=True,
        ),
        ListColumn(
            "role", _("Role"), Shows.TAG, value=lambda line: Tag(line.role.label), phone=Phone.STATE
        ),
        ListColumn(
            "since", _("Since"), Shows.TIME, value=lambda line: line.member.created_at, sort=("id",)
        ),
        ListColumn("act", "", Shows.ACT, value=_ending, phone=Phone.ACT),
    ),
)


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """An SME certificate on a day, as a reader sees it."""

    found: Any
    today: date
    may_revoke: bool

    @property
    def pk(self) -> Any:
        """Return the certificate's identifier."""
        return self.found.pk


def _revoking(line: CertificateLine) -> list[RowLink]:
    if not line.may_revoke:
        return []
    address = reverse("portal:sme-certificate-revoke", args=[line.pk])
    return [RowLink(_("Revoke"), address, line.found.number)]


SME_CERTIFICATES: Final = ListTable(
    name="sme-certificates",
    title=_("Enterprise certificates"),
    filters=SmeCertificateFilter,
    columns=(
        ListColumn(
            "number",
            _("Certificate"),
            value=lambda line: line.found.number,
            below=lambda line: CertificateKind(line.found.kind).label,
            sort=("id",),
            phone=Phone.KEY,
            is_fixed=True,
        ),
        ListColumn(
            "holder",
            _("Holder"),
            Shows.PARTY,
            value=lambda line: names.named(line.found.organization),
            below=lambda line: masked(line.found.organization.uscc),
            phone=Phone.STRIP,
        ),
        ListColumn(
            "days",
            _("Days"),
            value=lambda line: f"{line.found.valid_from} – {line.found.valid_to - DAY}",
        ),
        ListColumn(
            "issued_by",
            _("Issued by"),
            Shows.PARTY,
            value=lambda line: names.named(line.found.issued_by),
        ),
        ListColumn(
            "state",
            _("State"),
            Shows.STATE,
            value=lambda line: tags.of_standing(
                line.found.valid_from,
                line.found.valid_to,
                line.today,
                is_revoked=bool(line.found.revoked_at),
            ),
            phone=Phone.STATE,
            is_fixed=True,
        ),
        ListColumn(
            "act",
            "",
            Shows.ACT,
            value=_revoking,
            phone=Phone.ACT,
            roles=frozenset({Role.ISSUER, Role.OPERATOR}),
        ),
    ),
    row_label=lambda line: line.found.number,
)

"""Connecting an organisation's identity provider: two operators agree on domains and roles."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common import outbound, tenancy
from common.ids import uuid7
from identity import selectors
from identity.adapters import MfaAdapter
from identity.approvals import services as approvals
from identity.approvals.contracts import Draft, Person, Proposed
from identity.contracts import Role
from identity.entry.contracts import (
    DOMAINS_MAX,
    REASON_MAX,
    ROLE_VALUES_MAX,
    SSO_KIND,
    SsoConnectionNotFound,
    SsoDomainTaken,
    SsoInvalid,
)
from identity.entry.event_names import EntryEvent
from identity.entry.models import SsoConnection
from identity.events import services as events

# Roles of trade alone: a duty of the market is given by two operators, to one person each time.
MAPPED_ROLES: Final = frozenset({Role.PROVIDER, Role.BUYER})
_DOMAIN: Final = re.compile(r"(?=.{4,200}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_CLAIM: Final = re.compile(r"[\x21-\x7e]{1,100}")


def propose_connection(
    *,
    organization_id: UUID,
    issuer: str,
    client_id: str,
    domains: Collection[str],
    roles_claim: str,
    roles: Mapping[str, str],
    reason: str,
    by: Person,
    now: datetime,
) -> Proposed:
    """
    Propose that people of an organisation sign in by its own provider.

    `roles` maps values of the claim `roles_claim` to roles of trade. The connection takes the place
    of the one that the organisation has.

    :raises NotFound: if there is no such organisation
    :raises SsoInvalid: if an address, a domain or a role is none
    :raises SsoDomainTaken: if a domain signs in by another connection
    :raises ProposalWaits: if another one waits
    """
    organization = selectors.organization(organization_id)
    said = reason.strip()
    if not 1 <= len(said) <= REASON_MAX:
        raise SsoInvalid(field="reason", because=_("say why"))
    named = sorted({each.strip().lower() for each in domains})
    _require_valid(issuer, client_id, named, roles_claim, roles)
    with tenancy.acting_as_platform():
        _require_free(organization_id, named)
    content = {
        "organization_id": str(organization.pk),
        "issuer": issuer,
        "client_id": client_id,
        "domains": named,
        "roles_claim": roles_claim,
        "roles": dict(roles),
        "reason": said,
    }
    draft = Draft(
        kind=SSO_KIND,
        reference=str(organization.pk),
        label=organization.name,
        content=content,
        reason=said,
        role=Role.OPERATOR,
        barred_organization_id=organization.pk,
        by=by,
    )
    return approvals.propose(draft, now=now)


@transaction.atomic
def confirm_connection(
    *, proposal_id: UUID, person_id: int, organization_id: UUID, now: datetime, note: str = ""
) -> SsoConnection:
    """
    Connect a provider, as another operator proposed; the former connection ends.

    :raises SsoDomainTaken: if a domain was taken meanwhile
    :raises ProposalNotFound, ProposalDecided, SecondPersonRequired, Forbidden: as `settle`
    """
    made = uuid7()
    agreed = approvals.settle(
        proposal_id=proposal_id,
        kind=SSO_KIND,
        by=Person(person_id, organization_id),
        result_id=made,
        now=now,
        note=note,
    )
    said = agreed.content
    subject = UUID(said["organization_id"])
    with tenancy.acting_as_platform():
        _require_free(subject, said["domains"])
        SsoConnection.objects.filter(organization_id=subject, ended_at=None).update(
            ended_at=now, ended_by_id=agreed.decided_by_id
        )
        try:
            with transaction.atomic():
                connection = SsoConnection.objects.create(
                    id=made,
                    organization_id=subject,
                    issuer=said["issuer"],
                    client_id=said["client_id"],
                    domains=said["domains"],
                    roles_claim=said["roles_claim"],
                    roles=said["roles"],
                    reason=said["reason"],
                    connected_at=now,
                    proposed_by_id=agreed.proposed_by_id,
                    agreed_by_id=agreed.decided_by_id,
                    proposal_id=agreed.id,
                )
        except IntegrityError as error:
            raise SsoDomainTaken(domain=", ".join(said["domains"])) from error
        _record(EntryEvent.SSO_CONNECTED, connection)
    return connection


@transaction.atomic
def end_connection(
    *, organization_id: UUID, connection_id: UUID, by: Person, now: datetime
) -> SsoConnection:
    """
    End a connection at once: nobody signs in by it any more. Ending it twice changes nothing.

    :raises SsoConnectionNotFound: if there is none, or it is another organisation's
    """
    with tenancy.acting_as_platform():
        connection = _of(organization_id, connection_id)
        if connection.ended_at is None:
            connection.ended_at, connection.ended_by_id = now, by.id
            connection.save(update_fields=["ended_at", "ended_by"])
            _record(EntryEvent.SSO_ENDED, connection)
    return connection


@transaction.atomic
def set_secret(*, organization_id: UUID, connection_id: UUID, secret: str) -> SsoConnection:
    """
    Keep, encrypted, the secret that the provider gave this market; it is shown to nobody.

    :raises SsoConnectionNotFound: if there is none, or it is another organisation's
    """
    with tenancy.acting_as_platform():
        connection = _of(organization_id, connection_id)
        connection.secret = MfaAdapter().encrypt(secret) if secret else ""
        connection.save(update_fields=["secret"])
    return connection


def _of(organization_id: UUID, connection_id: UUID) -> SsoConnection:
    found = SsoConnection.objects.filter(pk=connection_id, organization_id=organization_id)
    connection = found.select_for_update(no_key=True).first()
    if connection is None:
        raise SsoConnectionNotFound
    return connection


def _require_valid(
    issuer: str,
    client_id: str,
    domains: Collection[str],
    roles_claim: str,
    roles: Mapping[str, str],
) -> None:
    try:
        outbound.check_address(issuer)
    except outbound.OutboundRefused as error:
        raise SsoInvalid(field="issuer", because=str(error)) from error
    if not _CLAIM.fullmatch(client_id):
        raise SsoInvalid(field="client_id", because=_("the client identifier is no text of ASCII"))
    if not 1 <= len(domains) <= DOMAINS_MAX or not all(map(_DOMAIN.fullmatch, domains)):
        raise SsoInvalid(field="domains", because=_("a domain is written as example.cn"))
    if not _CLAIM.fullmatch(roles_claim):
        raise SsoInvalid(field="roles_claim", because=_("the claim has no name"))
    is_known = all(role in MAPPED_ROLES for role in roles.values())
    if not 1 <= len(roles) <= ROLE_VALUES_MAX or not is_known:
        raise SsoInvalid(
            field="roles", because=_("a value gives the role of a provider or a buyer")
        )


def _require_free(organization_id: UUID, domains: Collection[str]) -> None:
    others = SsoConnection.objects.filter(domains__overlap=list(domains), ended_at=None)
    taken = others.exclude(organization_id=organization_id).first()
    if taken is not None:
        both = sorted(set(taken.domains) & set(domains))
        raise SsoDomainTaken(field="domains", domain=both[0])


def _record(name: EntryEvent, connection: SsoConnection) -> None:
    event = events.Event(
        name=name,
        object_kind="sso_connection",
        object_id=connection.pk,
        object_label=connection.issuer[:200],
        concerns=[connection.organization_id],
        facts={"domains": connection.domains},
    )
    events.record([event])

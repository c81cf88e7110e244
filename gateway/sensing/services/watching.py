"""Who may speak for a resource: agents that its provider binds, and an address that we ask."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from common import outbound
from gateway.sensing.contracts import PROBE_URL_LENGTH_MAX, AgentNotOwn
from gateway.sensing.event_names import SensingEvent
from gateway.sensing.models import AgentBinding, ProbedEndpoint
from identity import selectors as identity_selectors
from identity.events import services as events


@transaction.atomic
def watch(
    *,
    resource_id: UUID,
    provider_id: UUID,
    chain_ids: Collection[UUID],
    endpoint: str,
    by_id: int | None,
    now: datetime,
) -> None:
    """
    Say anew which agents speak for a provider's resource, and which address the market asks.

    `chain_ids` are first keys of agents; none lets any agent of the provider speak. An empty
    `endpoint` is not asked. Nothing is sent here.

    :raises NotFound: if the resource does not exist or is someone else's
    :raises AgentNotOwn: if an agent is someone else's
    :raises OutboundAddressInvalid, OutboundAddressRefused: if the address may not be asked
    """
    resource = identity_selectors.resource_of_provider(
        resource_id=resource_id, provider_id=provider_id
    )
    own = {agent.chain_id for agent in identity_selectors.agents(provider_id)}
    wanted = set(chain_ids)
    if not wanted <= own:
        raise AgentNotOwn(field="agents")
    address = endpoint.strip()[: PROBE_URL_LENGTH_MAX + 1]
    if address:
        outbound.check_address(address)
    _bind(resource.pk, provider_id, wanted, by_id, now)
    _ask(resource.pk, provider_id, address, now)
    _tell(resource, provider_id, {"agents": len(wanted), "is_asked": bool(address)})


@transaction.atomic
def ask_address(*, resource_id: UUID, provider_id: UUID, url: str, now: datetime) -> None:
    """
    Have the market ask an address of a provider's resource once a minute, or no more.

    Who tells of it beside stays as it is. An empty address stops the probe, and keeps the address.

    :raises NotFound: if the resource does not exist or is someone else's
    :raises OutboundAddressInvalid, OutboundAddressRefused: if the address may not be asked
    """
    resource = identity_selectors.resource_of_provider(
        resource_id=resource_id, provider_id=provider_id
    )
    address = url.strip()[: PROBE_URL_LENGTH_MAX + 1]
    if address:
        outbound.check_address(address)
        _ask(resource.pk, provider_id, address, now)
    else:
        ProbedEndpoint.objects.filter(resource_id=resource.pk).update(next_at=None)
    _tell(resource, provider_id, {"is_asked": bool(address)})


def _bind(
    resource_id: UUID, provider_id: UUID, wanted: set[UUID], by_id: int | None, now: datetime
) -> None:
    there = AgentBinding.objects.filter(resource_id=resource_id, ended_at__isnull=True)
    there.exclude(chain_id__in=wanted).update(ended_at=now)
    known = set(there.values_list("chain_id", flat=True))
    AgentBinding.objects.bulk_create(
        [
            AgentBinding(
                resource_id=resource_id,
                provider_id=provider_id,
                chain_id=chain_id,
                bound_at=now,
                bound_by_id=by_id,
            )
            for chain_id in sorted(wanted - known)
        ],
        ignore_conflicts=True,
    )


def _ask(resource_id: UUID, provider_id: UUID, address: str, now: datetime) -> None:
    before = ProbedEndpoint.objects.filter(resource_id=resource_id).first()
    if (before.url if before else "") == address and (before is None or before.next_at):
        return
    ProbedEndpoint.objects.update_or_create(
        resource_id=resource_id,
        defaults={
            "provider_id": provider_id,
            "url": address,
            "next_at": now if address else None,
            # What another address answered is not this one's answer.
            "asked_at": None,
            "status": None,
            "took_ms": None,
            "failures": 0,
            "problem": "",
        },
    )


def _tell(resource: Any, provider_id: UUID, facts: dict[str, Any]) -> None:
    events.record(
        [
            events.Event(
                name=SensingEvent.WATCH_CHANGED,
                object_kind="resource",
                object_id=resource.pk,
                object_label=resource.identifier,
                concerns=[provider_id],
                facts=facts,
            )
        ]
    )

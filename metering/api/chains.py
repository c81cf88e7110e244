"""Where an agent reads how far it has come, and what it signs for."""

from datetime import datetime
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity import selectors as identity_selectors
from identity.contracts import Role
from identity.http.actors import actor_of
from identity.rows import AgentRow
from metering import chaining, selectors
from metering.api import serializers

FAULTS_SHOWN = 20


class ChainDetail(APIView):
    """The batches of one agent, by the id of its key."""

    required_roles: ClassVar = {"GET": frozenset({Role.PROVIDER})}
    required_scopes: ClassVar = {"GET": "metering:read"}

    @extend_schema(responses=serializers.ChainReply)
    def get(self, request: Request, key_id: str) -> Response:
        """
        Return how far the agent's batches have come, over all its keys.

        The agent asks before its first batch, and where its numbers were refused.
        """
        agent = identity_selectors.agent_by_key(
            key_id=key_id, provider_id=actor_of(request).organization_id
        )
        return Response(serializers.ChainReply(_chain(agent, clock.now())).data)


def _chain(agent: AgentRow, now: datetime) -> dict[str, Any]:
    chain = selectors.chains([agent.chain_id]).get(agent.chain_id)
    keys = identity_selectors.agents_of_chain(agent.chain_id).values_list("pk", flat=True)
    return {
        "agent_id": agent.pk,
        "name": agent.name,
        "key_id": agent.key_id,
        "is_good": chaining.is_good(agent, now),
        "ends_at": agent.ends_at,
        "number": chain.number if chain else 0,
        "content_hash": chain.content_hash if chain and chain.number else chaining.NONE_BEFORE,
        "arrived": chain.arrived if chain else 0,
        "missing": selectors.missing_batches(chain),
        "faults": list(selectors.chain_faults(agent.chain_id)[:FAULTS_SHOWN]),
        "seen_at": chain.seen_at if chain else None,
        "meters": selectors.meters_signed_by(list(keys)),
    }

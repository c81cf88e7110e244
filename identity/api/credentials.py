"""What organisations prove themselves with: API keys, metering agents, SME certificates."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.errors import Forbidden
from identity import selectors, services
from identity.api import serializers
from identity.api.scopes import require_known_scopes
from identity.contracts import ANY_MEMBER, Role
from identity.filters import AgentFilter, SmeCertificateFilter
from identity.http.actors import actor_of
from identity.models import ApiKey, MeteringAgent, SmeCertificate
from identity.services import CertificateFigures

PROVIDERS = frozenset({Role.PROVIDER})
FIGURES = (
    "staff_count",
    "revenue_minor",
    "assets_minor",
    "score",
    "staff_score",
    "established_on",
)
ATTESTORS = frozenset({Role.ISSUER, Role.OPERATOR})


class ApiKeyList(generics.ListAPIView[ApiKey]):
    """The organisation's API keys. Only a person makes keys: no key can make another."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": "organizations:read"}
    serializer_class = serializers.ApiKeyReply
    queryset = ApiKey.objects.none()

    def get_queryset(self) -> QuerySet[ApiKey]:
        """Return the keys of the actor's organisation."""
        return selectors.api_keys(actor_of(self.request).organization_id)

    @extend_schema(request=serializers.NewApiKey, responses={201: serializers.NewApiKeyReply})
    def post(self, request: Request) -> Response:
        """Make a key. The answer holds its secret, which is never shown again."""
        actor = actor_of(request)
        form = serializers.NewApiKey(data=request.data)
        form.is_valid(raise_exception=True)
        wish = form.validated_data
        roles = {Role(role) for role in wish.pop("roles")}
        if roles - actor.roles:
            raise Forbidden(field="roles")
        require_known_scopes(wish["scopes"])
        issued = services.create_api_key(
            organization_id=actor.organization_id,
            created_by=actor.person_id,
            roles=roles,
            now=clock.now(),
            **wish,
        )
        reply = serializers.ApiKeyReply(issued.key).data | {"secret": issued.secret}
        return Response(
            reply, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"}
        )


class ApiKeyDetail(APIView):
    """One API key."""

    required_roles: ClassVar = {"DELETE": ANY_MEMBER}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, key_id: UUID) -> Response:
        """Revoke the key at once."""
        services.revoke_api_key(
            organization_id=actor_of(request).organization_id, key_id=key_id, now=clock.now()
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class AgentList(generics.ListAPIView[MeteringAgent]):
    """The provider's metering agents."""

    required_roles: ClassVar = {"GET": PROVIDERS, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": "metering:read", "POST": "metering-agents:write"}
    serializer_class = serializers.AgentReply
    filterset_class = AgentFilter
    queryset = MeteringAgent.objects.none()

    def get_queryset(self) -> QuerySet[MeteringAgent]:
        """Return the agents of the actor's organisation."""
        return selectors.agents(actor_of(self.request).organization_id)

    @extend_schema(request=serializers.NewAgent, responses={201: serializers.AgentReply})
    def post(self, request: Request) -> Response:
        """Register an agent's public key. A key is registered once, whoever sends it."""
        form = serializers.NewAgent(data=request.data)
        form.is_valid(raise_exception=True)
        agent = services.register_agent(
            organization_id=actor_of(request).organization_id, **form.validated_data
        )
        return Response(serializers.AgentReply(agent).data, status=status.HTTP_201_CREATED)


class AgentDetail(APIView):
    """One metering agent."""

    required_roles: ClassVar = {"GET": PROVIDERS, "DELETE": PROVIDERS}
    required_scopes: ClassVar = {"GET": "metering:read", "DELETE": "metering-agents:write"}

    @extend_schema(responses=serializers.AgentReply)
    def get(self, request: Request, agent_id: UUID) -> Response:
        """Return the agent."""
        agent = selectors.agent_of_provider(
            agent_id=agent_id, provider_id=actor_of(request).organization_id
        )
        return Response(serializers.AgentReply(agent).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, agent_id: UUID) -> Response:
        """Revoke the agent: what it signs from now on is refused."""
        services.revoke_agent(
            organization_id=actor_of(request).organization_id,
            agent_id=agent_id,
            now=clock.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class SmeCertificateList(generics.ListAPIView[SmeCertificate]):
    """SME certificates: one's own, or all for those with a duty across the market."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": ATTESTORS}
    required_scopes: ClassVar = {"GET": "sme-certificates:read"}
    serializer_class = serializers.SmeCertificateReply
    filterset_class = SmeCertificateFilter
    queryset = SmeCertificate.objects.none()

    def get_queryset(self) -> QuerySet[SmeCertificate]:
        """Return the certificates that the actor may see."""
        return selectors.certificates_for(actor_of(self.request))

    @extend_schema(
        request=serializers.NewSmeCertificate, responses={201: serializers.SmeCertificateReply}
    )
    def post(self, request: Request) -> Response:
        """Issue a certificate to another organisation. Its number makes it safe to repeat."""
        form = serializers.NewSmeCertificate(data=request.data)
        form.is_valid(raise_exception=True)
        facts = form.validated_data
        figures = CertificateFigures(
            **{name: facts.pop(name, None) for name in FIGURES},
            is_listed=facts.pop("is_listed"),
        )
        actor = actor_of(request)
        certificate = services.issue_sme_certificate(
            issued_by=actor.organization_id,
            issued_by_person=actor.person_id,
            figures=figures,
            **facts,
        )
        reply = serializers.SmeCertificateReply(certificate).data
        return Response(reply, status=status.HTTP_201_CREATED)


class CertificateDetail(APIView):
    """One SME certificate."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "DELETE": ATTESTORS}
    required_scopes: ClassVar = {"GET": "sme-certificates:read"}

    @extend_schema(responses=serializers.SmeCertificateReply)
    def get(self, request: Request, certificate_id: UUID) -> Response:
        """Return the certificate."""
        certificate = selectors.certificate_for(actor_of(request), certificate_id)
        return Response(serializers.SmeCertificateReply(certificate).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, certificate_id: UUID) -> Response:
        """Revoke a certificate that the actor's organisation issued."""
        services.revoke_sme_certificate(
            certificate_id=certificate_id,
            issued_by=actor_of(request).organization_id,
            revoked_by_person=actor_of(request).person_id,
            now=clock.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)

"""Organisations, members and what they prove themselves with."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import Forbidden
from identity import middleware, selectors, services
from identity.actors import actor_of
from identity.api import serializers
from identity.api.scopes import require_known_scopes
from identity.contracts import ANY_MEMBER, Actor, Role
from identity.models import ApiKey, Membership, MeteringAgent, Organization, SmeCertificate
from identity.services import SmeFigures

TRADERS = frozenset({Role.PROVIDER, Role.BUYER})
REGISTRARS = frozenset({Role.OPERATOR})
ATTESTORS = frozenset({Role.ISSUER, Role.OPERATOR})


def _describe(actor: Actor) -> dict[str, Any]:
    user = selectors.person(actor.user_id) if actor.user_id else None
    return {
        "user": user,
        "organization": selectors.organization(actor.organization_id),
        "roles": sorted(actor.roles),
        "withheld_roles": sorted(actor.withheld_roles),
        "scopes": sorted(actor.scopes) if actor.scopes is not None else None,
        "organizations": selectors.organizations_of(actor),
    }


class Me(APIView):
    """Who acts."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "PATCH": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": "organizations:read"}

    @extend_schema(responses=serializers.MeReply)
    def get(self, request: Request) -> Response:
        """Tell who acts, for which organisation and in which roles."""
        return Response(serializers.MeReply(_describe(actor_of(request))).data)

    @extend_schema(request=serializers.MeChanges, responses=serializers.MeReply)
    def patch(self, request: Request) -> Response:
        """Change one's name or language, or act for another of one's organisations."""
        form = serializers.MeChanges(data=request.data)
        form.is_valid(raise_exception=True)
        changes = form.validated_data
        chosen = changes.pop("organization_id", None)
        if chosen is not None:
            middleware.switch_organization(request._request, chosen)
        services.update_person(user_id=int(request.user.pk or 0), changes=changes)
        return Response(serializers.MeReply(_describe(actor_of(request))).data)


class OrganizationList(generics.ListAPIView[Organization]):
    """The organisations that the actor may see."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": REGISTRARS}
    required_scopes: ClassVar = {"GET": "organizations:read", "POST": "organizations:write"}
    serializer_class = serializers.OrganizationReply
    queryset = Organization.objects.none()

    def get_queryset(self) -> QuerySet[Organization]:
        """Return the register for those who keep it, else the actor's own organisations."""
        return selectors.organizations_for(actor_of(self.request))

    @extend_schema(
        request=serializers.NewOrganization, responses={201: serializers.OrganizationReply}
    )
    def post(self, request: Request) -> Response:
        """Enter a legal entity into the register. Its code makes the request safe to repeat."""
        form = serializers.NewOrganization(data=request.data)
        form.is_valid(raise_exception=True)
        organization = services.create_organization(on=timezone.now().date(), **form.validated_data)
        reply = serializers.OrganizationReply(organization).data
        return Response(reply, status=status.HTTP_201_CREATED)


class OrganizationDetail(APIView):
    """One organisation, seen by its members and by those with a duty across the market."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "PATCH": TRADERS | REGISTRARS}
    required_scopes: ClassVar = {"GET": "organizations:read", "PATCH": "organizations:write"}

    @extend_schema(responses=serializers.OrganizationReply)
    def get(self, request: Request, organization_id: UUID) -> Response:
        """Return the organisation."""
        found = selectors.organization_for(actor_of(request), organization_id)
        return Response(serializers.OrganizationReply(found).data)

    @extend_schema(request=serializers.OrganizationChanges, responses=serializers.OrganizationReply)
    def patch(self, request: Request, organization_id: UUID) -> Response:
        """Change how the organisation is called, and where and in which industry it works."""
        selectors.require_kept_by(actor_of(request), organization_id)
        form = serializers.OrganizationChanges(data=request.data)
        form.is_valid(raise_exception=True)
        changed = services.update_organization(
            organization_id=organization_id, on=timezone.now().date(), changes=form.validated_data
        )
        return Response(serializers.OrganizationReply(changed).data)


class MemberList(generics.ListAPIView[Membership]):
    """Who acts for an organisation, and in which roles."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": TRADERS | REGISTRARS}
    required_scopes: ClassVar = {"GET": "organizations:read"}
    serializer_class = serializers.MemberReply
    queryset = Membership.objects.none()

    def get_queryset(self) -> QuerySet[Membership]:
        """Return the organisation's members, if it is the actor's to see."""
        return selectors.members_for(actor_of(self.request), self.kwargs["organization_id"])

    @extend_schema(request=serializers.NewMember, responses={201: serializers.MemberReply})
    def post(self, request: Request, organization_id: UUID) -> Response:
        """Give a person a role. Someone new is invited; the answer is the same either way."""
        actor = actor_of(request)
        selectors.require_kept_by(actor, organization_id)
        form = serializers.NewMember(data=request.data)
        form.is_valid(raise_exception=True)
        _require_may_grant(actor, Role(form.validated_data["role"]))
        membership = services.invite_member(organization_id=organization_id, **form.validated_data)
        reply = serializers.MemberReply(membership).data
        return Response(reply, status=status.HTTP_201_CREATED)


class MemberDetail(APIView):
    """One role of one person."""

    required_roles: ClassVar = {"DELETE": TRADERS | REGISTRARS}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, organization_id: UUID, membership_id: int) -> Response:
        """Take the role away."""
        actor = actor_of(request)
        selectors.require_kept_by(actor, organization_id)
        membership = selectors.membership(
            organization_id=organization_id, membership_id=membership_id
        )
        _require_may_grant(actor, Role(membership.role))
        services.remove_member(
            organization_id=organization_id,
            user_id=membership.user_id,
            role=Role(membership.role),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


def _require_may_grant(actor: Actor, role: Role) -> None:
    """
    Let members hand on the roles of trade; a duty of the market is given by its operator.

    :raises Forbidden: otherwise
    """
    if role not in TRADERS and not actor.has_role(Role.OPERATOR):
        raise Forbidden(field="role")


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
            created_by=actor.user_id or 0,
            roles=roles,
            now=timezone.now(),
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
            organization_id=actor_of(request).organization_id, key_id=key_id, now=timezone.now()
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class AgentList(generics.ListAPIView[MeteringAgent]):
    """The provider's metering agents."""

    required_roles: ClassVar = {
        "GET": frozenset({Role.PROVIDER}),
        "POST": frozenset({Role.PROVIDER}),
    }
    required_scopes: ClassVar = {"GET": "metering:read", "POST": "metering-agents:write"}
    serializer_class = serializers.AgentReply
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

    required_roles: ClassVar = {
        "GET": frozenset({Role.PROVIDER}),
        "DELETE": frozenset({Role.PROVIDER}),
    }
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
            now=timezone.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class CertificateList(generics.ListAPIView[SmeCertificate]):
    """SME certificates: one's own, or all for those with a duty across the market."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": ATTESTORS}
    required_scopes: ClassVar = {"GET": "sme-certificates:read", "POST": "sme-certificates:write"}
    serializer_class = serializers.SmeCertificateReply
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
        figures = SmeFigures(
            staff_count=facts.pop("staff_count"),
            revenue_minor=facts.pop("revenue_minor"),
            assets_minor=facts.pop("assets_minor"),
            score=facts.pop("score", None),
            staff_score=facts.pop("staff_score", None),
        )
        issuer = actor_of(request).organization_id
        certificate = services.issue_sme_certificate(issued_by=issuer, figures=figures, **facts)
        reply = serializers.SmeCertificateReply(certificate).data
        return Response(reply, status=status.HTTP_201_CREATED)


class CertificateDetail(APIView):
    """One SME certificate."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "DELETE": ATTESTORS}
    required_scopes: ClassVar = {
        "GET": "sme-certificates:read",
        "DELETE": "sme-certificates:write",
    }

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
            now=timezone.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)

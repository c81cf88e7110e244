"""Who acts: organisations and their members."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.moments import market_date
from identity import appointments, middleware, selectors, services
from identity.api import serializers
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import ANY_MEMBER, Actor, Role
from identity.entry import services as entry_services
from identity.filters import MemberFilter, OrganizationFilter
from identity.http.actors import actor_of
from identity.models import Membership, Organization
from identity.onboarding import services as onboarding_services

TRADERS = frozenset({Role.PROVIDER, Role.BUYER})
REGISTRARS = frozenset({Role.OPERATOR})


def _describe(actor: Actor) -> dict[str, Any]:
    user = None if actor.is_program else selectors.person(actor.person_id)
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

    open_to_suspended = True
    required_roles: ClassVar = {"GET": ANY_MEMBER, "PATCH": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": "organizations:read"}

    @extend_schema(responses=serializers.MeReply)
    def get(self, request: Request) -> Response:
        """Tell who acts, for which organisation and in which roles."""
        return Response(serializers.MeReply(_describe(actor_of(request))).data)

    @extend_schema(request=serializers.MeChanges, responses=serializers.MeReply)
    def patch(self, request: Request) -> Response:
        """Change one's name and how pages are, or act for another of one's organisations."""
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
    filterset_class = OrganizationFilter
    queryset = Organization.objects.none()

    def get_queryset(self) -> QuerySet[Organization]:
        """Return the register for those who keep it, else the actor's own organisations."""
        return selectors.organizations_for(actor_of(self.request))

    @extend_schema(
        request=serializers.NewOrganization, responses={201: serializers.OrganizationReply}
    )
    def post(self, request: Request) -> Response:
        """
        Enter a legal entity into the register. Its code makes the request safe to repeat.

        It is onboarded first: it trades once its checklist is done and two operators activate it.
        """
        form = serializers.NewOrganization(data=request.data)
        form.is_valid(raise_exception=True)
        actor, facts = actor_of(request), form.validated_data
        organization = onboarding_services.enter_organization(
            role=Role(facts.pop("role")),
            by=Person(actor.person_id, actor.organization_id),
            now=clock.now(),
            **facts,
        )
        organization.refresh_from_db()
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
            organization_id=organization_id,
            on=market_date(clock.now()),
            changes=form.validated_data,
        )
        return Response(serializers.OrganizationReply(changed).data)


class MemberList(generics.ListAPIView[Membership]):
    """Who acts for an organisation, and in which roles."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": TRADERS | REGISTRARS}
    required_scopes: ClassVar = {"GET": "organizations:read"}
    serializer_class = serializers.MemberReply
    filterset_class = MemberFilter
    queryset = Membership.objects.none()

    def get_queryset(self) -> QuerySet[Membership]:
        """Return the organisation's members, if it is the actor's to see."""
        return selectors.members_for(actor_of(self.request), self.kwargs["organization_id"])

    @extend_schema(
        request=serializers.NewMember,
        responses={201: serializers.InvitationReply, 202: WaitingReply},
    )
    def post(self, request: Request, organization_id: UUID) -> Response:
        """
        Give a person a role. Someone new is invited; the answer is the same either way.

        A duty of the market, or a role in another organisation, is not given yet: 202 names the
        proposal that another operator approves.
        """
        actor = actor_of(request)
        selectors.require_kept_by(actor, organization_id)
        form = serializers.NewMember(data=request.data)
        form.is_valid(raise_exception=True)
        role, reason = Role(form.validated_data["role"]), form.validated_data.pop("reason")
        appointments.require_may_grant(actor, role)
        if appointments.takes_two(actor, organization_id=organization_id, role=role):
            made = appointments.propose_role(
                organization_id=organization_id,
                by=Person(actor.person_id, actor.organization_id),
                reason=reason,
                now=clock.now(),
                **form.validated_data,
            )
            return waits(made)
        membership = entry_services.invite(
            organization_id=organization_id, now=clock.now(), **form.validated_data
        )
        reply = serializers.InvitationReply(membership).data
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
        appointments.require_may_grant(actor, Role(membership.role))
        services.take_role(
            organization_id=organization_id,
            user_id=membership.user_id,
            role=Role(membership.role),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)

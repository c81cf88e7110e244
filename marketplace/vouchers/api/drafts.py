"""Drafts of programmes over the API: permission, parse, one call, answer."""

from typing import ClassVar
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.approvals.api.replies import waits
from identity.approvals.api.serializers import WaitingReply
from identity.approvals.contracts import Person
from identity.contracts import ANY_MEMBER, Role
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from marketplace.vouchers import programme_2, selectors, services
from marketplace.vouchers.api import serializers

ISSUERS = frozenset({Role.ISSUER})
READ = "vouchers:read"


class RulesSchema(APIView):
    """The form of a programme's rules."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's form
        """Return the JSON schema of whole rules of version 2."""
        return Response(programme_2.json_schema())


class DraftList(APIView):
    """An issuer's drafts."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=serializers.NewDraft, responses={201: serializers.DraftReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """
        Save a draft, new or instead of the issuer's draft with its code.

        Members that are not known yet are left out. With a revision, only if it is still that one.
        """
        form = serializers.NewDraft(data=request.data)
        form.is_valid(raise_exception=True)
        data = dict(form.validated_data)
        revision = data.pop("revision", None)
        draft = services.save_draft(
            data,
            issuer_id=actor_of(request).organization_id,
            now=clock.now(),
            revision=revision,
        )
        return Response(serializers.DraftReply(draft).data, status=status.HTTP_201_CREATED)


class DraftDetail(APIView):
    """One draft."""

    required_roles: ClassVar = {"GET": ISSUERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=serializers.DraftReply)
    def get(self, request: Request, draft_id: UUID) -> Response:
        """Return the draft with what keeps it from being published."""
        issuer_id = actor_of(request).organization_id
        draft = selectors.draft(draft_id=draft_id, issuer_id=issuer_id)
        return Response(serializers.DraftReply(draft).data)


class DraftProposal(APIView):
    """The proposal of a draft."""

    required_roles: ClassVar = {"POST": ISSUERS}

    @extend_schema(request=serializers.NewDraftProposal, responses={202: WaitingReply})
    @idempotent
    def post(self, request: Request, draft_id: UUID) -> Response:
        """
        Propose what the draft says, once it is whole and its worked examples come out right.

        202 names the proposal; another person of the issuer approves it.
        """
        actor = actor_of(request)
        form = serializers.NewDraftProposal(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.propose_draft(
            draft_id=draft_id,
            by=Person(actor.person_id, actor.organization_id),
            now=clock.now(),
            valid_from=form.validated_data.get("valid_from"),
        )
        return waits(made)

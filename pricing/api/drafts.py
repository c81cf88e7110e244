"""The API of drafts: kept, changed, compared, dropped and published by their provider."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import ANY_MEMBER, Role
from identity.http.actors import actor_of
from identity.http.fields import MomentField, StrictCharField, StrictSerializer
from identity.http.idempotency import idempotent
from pricing import (
    draft_selectors,
    plan_templates,
    plan_terms,
    selectors,
    services,
    shared_calendars,
)
from pricing.api.serializers import CalendarsField, PlanDetailReply, TermsField
from pricing.contracts import CLAUSE_MAX, SOURCE_MAX
from pricing.drafting import DRAFT_NAME_MAX
from pricing.models import RatePlanDraft

PROVIDERS = frozenset({Role.PROVIDER})
READ, WRITE = "rate-plans:read", "rate-plans:write"


class PlanDraftReply(serializers.Serializer[Any]):
    """What a provider may make of a plan."""

    id = serializers.UUIDField()
    plan_id = serializers.UUIDField()
    name = serializers.CharField()
    terms = TermsField()
    source = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    clause = serializers.CharField(allow_blank=True)
    calendars = serializers.ListField(
        child=serializers.CharField(), help_text="shared calendars whose days the terms took"
    )
    changed_at = serializers.DateTimeField()


class PlanDraftDifference(serializers.Serializer[Any]):
    """A sentence of the plan that would be another."""

    before = serializers.CharField(allow_blank=True)
    after = serializers.CharField(allow_blank=True)


class PlanDraftDetailReply(PlanDraftReply):
    """A draft, when it may hold, and what is different from what was published last."""

    earliest = serializers.DateTimeField(help_text="when it may hold if it is published now")
    is_worse = serializers.BooleanField(help_text="somebody may pay more: it has notice")
    differences = PlanDraftDifference(many=True)


class NewPlanDraft(StrictSerializer):
    """What a draft shall say."""

    name = StrictCharField(max_length=DRAFT_NAME_MAX)
    terms = TermsField()
    source = StrictCharField(  # type: ignore[assignment]
        max_length=SOURCE_MAX, required=False, default="", allow_blank=True,
        help_text="the document that the prices rest on",
    )  # fmt: skip
    clause = StrictCharField(max_length=CLAUSE_MAX, required=False, default="", allow_blank=True)
    calendars = CalendarsField()


class NewPublication(StrictSerializer):
    """From when on a draft shall hold."""

    starts_at = MomentField(required=False, allow_null=True, default=None)


class PlanTemplateReply(serializers.Serializer[Any]):
    """Terms to begin a draft with."""

    code = serializers.CharField()
    name = serializers.CharField()
    name_en = serializers.CharField()
    terms = TermsField()


class SharedCalendarReply(serializers.Serializer[Any]):
    """Holidays and worked weekends that plans may take; a plan names each day itself."""

    code = serializers.CharField()
    version = serializers.IntegerField()
    name = serializers.CharField()
    name_en = serializers.CharField()
    zone = serializers.CharField()
    is_assumed = serializers.BooleanField(help_text="nobody has announced these days")
    source = serializers.CharField()  # type: ignore[assignment]
    source_en = serializers.CharField()
    holidays = serializers.ListField(child=serializers.DateField())
    workdays = serializers.ListField(child=serializers.DateField())


class SharedCalendars(APIView):
    """Calendars that plans share."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=SharedCalendarReply(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's form
        """Return every version of every calendar, the last ones last."""
        return Response(SharedCalendarReply(shared_calendars.every_version(), many=True).data)


class PlanTemplates(APIView):
    """Plans to begin with."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=PlanTemplateReply(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's form
        """Return the templates."""
        return Response(PlanTemplateReply(plan_templates.plan_templates(), many=True).data)


class PlanDraftList(generics.ListAPIView[RatePlanDraft]):
    """A provider's drafts of a plan."""

    required_roles: ClassVar = {"GET": PROVIDERS, "POST": PROVIDERS}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = PlanDraftReply
    queryset = RatePlanDraft.objects.none()

    def get_queryset(self) -> QuerySet[RatePlanDraft]:
        """Return the caller's own."""
        own = actor_of(self.request).organization_id
        return draft_selectors.drafts_of(self.kwargs["plan_id"], provider_id=own)

    @extend_schema(request=NewPlanDraft, responses={201: PlanDraftDetailReply})
    @idempotent
    def post(self, request: Request, plan_id: UUID) -> Response:
        """Keep a new draft; faults of its terms are said, a sentence each."""
        form = NewPlanDraft(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.keep_plan_draft(
            provider_id=actor.organization_id,
            plan_id=plan_id,
            now=clock.now(),
            changed_by_id=actor.person_id,
            **form.validated_data,
        )
        return Response(_detail(made), status=status.HTTP_201_CREATED)


class PlanDraftDetail(APIView):
    """One draft."""

    required_roles: ClassVar = {"GET": PROVIDERS, "PUT": PROVIDERS, "DELETE": PROVIDERS}
    required_scopes: ClassVar = {"GET": READ, "PUT": WRITE, "DELETE": WRITE}

    @extend_schema(responses=PlanDraftDetailReply)
    def get(self, request: Request, plan_draft_id: UUID) -> Response:
        """Return the draft, when it may hold, and what is different."""
        own = actor_of(request).organization_id
        return Response(_detail(draft_selectors.draft(plan_draft_id, provider_id=own)))

    @extend_schema(request=NewPlanDraft, responses=PlanDraftDetailReply)
    @idempotent
    def put(self, request: Request, plan_draft_id: UUID) -> Response:
        """Change what the draft says."""
        form = NewPlanDraft(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        found = draft_selectors.draft(plan_draft_id, provider_id=actor.organization_id)
        changed = services.keep_plan_draft(
            provider_id=actor.organization_id,
            plan_id=found.plan_id,
            draft_id=found.pk,
            now=clock.now(),
            changed_by_id=actor.person_id,
            **form.validated_data,
        )
        return Response(_detail(changed))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, plan_draft_id: UUID) -> Response:
        """Drop the draft."""
        services.drop_draft(provider_id=actor_of(request).organization_id, draft_id=plan_draft_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class PlanDraftPublication(APIView):
    """A draft that becomes a version."""

    required_roles: ClassVar = {"POST": PROVIDERS}
    required_scopes: ClassVar = {"POST": WRITE}

    @extend_schema(request=NewPublication, responses={201: PlanDetailReply})
    @idempotent
    def post(self, request: Request, plan_draft_id: UUID) -> Response:
        """Publish what the draft says, seven days ahead where somebody may pay more."""
        form = NewPublication(data=request.data)
        form.is_valid(raise_exception=True)
        version = services.publish_draft(
            provider_id=actor_of(request).organization_id,
            draft_id=plan_draft_id,
            now=clock.now(),
            **form.validated_data,
        )
        plan = selectors.plan(version.plan_id)
        return Response(PlanDetailReply(plan).data, status=status.HTTP_201_CREATED)


def _detail(found: RatePlanDraft) -> dict[str, Any]:
    latest = draft_selectors.latest_version(found.plan_id)
    before = draft_selectors.terms_of_version(latest) if latest else None
    pairs = draft_selectors.difference(before, plan_terms.parse(found.terms))
    found.earliest, found.is_worse = draft_selectors.earliest(found, now=clock.now())  # type: ignore[attr-defined]
    found.differences = [{"before": old, "after": new} for old, new in pairs]  # type: ignore[attr-defined]
    reply: dict[str, Any] = PlanDraftDetailReply(found).data
    return reply

"""The forms' API: permission, parse, one call, answer."""

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
from identity.forms import selectors, services
from identity.forms.contracts import CODE_LENGTH_MAX, FormChanged, FormPurpose
from identity.forms.definitions import Form
from identity.forms.filters import SubmissionFilter
from identity.forms.models import FormSubmission
from identity.http.actors import actor_of
from identity.http.fields import StrictCharField, StrictIntegerField, StrictSerializer
from identity.http.idempotency import idempotent

READ, WRITE = "forms:read", "forms:write"


class FormReply(serializers.Serializer[Any]):
    """A version of a form."""

    form = serializers.CharField(source="code")
    version = serializers.IntegerField()
    purpose = serializers.ChoiceField(FormPurpose.choices)
    content_hash = serializers.CharField()
    definition = serializers.JSONField(source="data")


class NewFormVersion(StrictSerializer):
    """The next version of a form, as its schema says."""

    definition = serializers.JSONField()


class NewSubmission(StrictSerializer):
    """Answers to a version of a form, by question; amounts are whole fen, files by identifier."""

    form = StrictCharField(max_length=CODE_LENGTH_MAX)
    version = StrictIntegerField(min_value=1, max_value=10_000)
    answers = serializers.DictField()
    consents = serializers.BooleanField(
        required=False, default=False, help_text="to the words of the version"
    )


class SubmissionReply(serializers.Serializer[Any]):
    """What an organisation answered, and by which version."""

    id = serializers.UUIDField()
    organization_id = serializers.UUIDField()
    form = serializers.CharField(source="code")
    version = serializers.IntegerField()
    content_hash = serializers.CharField()
    about = serializers.CharField()
    answers = serializers.JSONField()
    files = serializers.JSONField()
    consent_hash = serializers.CharField()
    submitted_at = serializers.DateTimeField()


class FormList(APIView):
    """The forms that are asked now."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": frozenset({Role.OPERATOR})}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=FormReply(many=True))
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Return the newest version of each form."""
        return Response(FormReply(selectors.current(), many=True).data)

    @extend_schema(request=NewFormVersion, responses={201: FormReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Publish the next version of a form, or the first of a new one."""
        form = NewFormVersion(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        made = services.publish(
            form.validated_data["definition"],
            by_id=actor.person_id,
            organization_id=actor.organization_id,
            now=clock.now(),
        )
        reply = FormReply(selectors.definition(made.code, made.version)).data
        return Response(reply, status=status.HTTP_201_CREATED)


class FormSchema(APIView):
    """The JSON schema of forms."""

    public = True

    @extend_schema(responses={(200, "application/json"): dict[str, Any]})
    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """Return the schema that every form follows."""
        return Response(selectors.json_schema())


class FormDetail(APIView):
    """A form with all its versions."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=FormReply(many=True))
    def get(self, request: Request, code: str) -> Response:  # noqa: ARG002 - DRF's signature
        """Return its versions, the newest first."""
        newest = selectors.newest_form(code)
        return Response(FormReply(selectors.versions(newest.code), many=True).data)


class SubmissionList(generics.ListAPIView[FormSubmission]):
    """What was answered."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ, "POST": WRITE}
    serializer_class = SubmissionReply
    filterset_class = SubmissionFilter
    queryset = FormSubmission.objects.none()

    def get_queryset(self) -> QuerySet[FormSubmission]:
        """Return what the actor may see."""
        return selectors.submissions(actor_of(self.request))

    @extend_schema(request=NewSubmission, responses={201: SubmissionReply})
    @idempotent
    def post(self, request: Request) -> Response:
        """Answer a form that is asked of every organisation."""
        sent = NewSubmission(data=request.data)
        sent.is_valid(raise_exception=True)
        typed, actor = sent.validated_data, actor_of(request)
        row = services.submit(
            _standing(typed["form"], typed["version"]),
            typed["answers"],
            organization_id=actor.organization_id,
            person_id=actor.person_id,
            consents=typed["consents"],
            now=clock.now(),
        )
        return Response(SubmissionReply(row).data, status=status.HTTP_201_CREATED)


class SubmissionDetail(APIView):
    """One answer."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=SubmissionReply)
    def get(self, request: Request, submission_id: UUID) -> Response:
        """Return what was answered."""
        return Response(
            SubmissionReply(selectors.submission(actor_of(request), submission_id)).data
        )


def _standing(code: str, version: int) -> Form:
    """
    Return the form that is answered.

    :raises UnknownForm: if there is none, or it is asked elsewhere
    :raises FormChanged: if another version is asked
    """
    form = selectors.standing(code)
    if form.version != version:
        raise FormChanged(field="version", version=form.version)
    return form

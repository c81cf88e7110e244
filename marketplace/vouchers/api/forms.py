"""The form of a programme over the API: permission, parse, one call, answer."""

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import ANY_MEMBER
from identity.http.actors import actor_of
from identity.http.idempotency import idempotent
from marketplace.vouchers import selectors, services
from marketplace.vouchers.api import serializers
from marketplace.vouchers.api.views import ISSUERS, READ


class ProgrammeFormView(APIView):
    """What a programme asks of its applicants."""

    required_roles: ClassVar = {"GET": ANY_MEMBER, "POST": ISSUERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=serializers.ProgrammeFormReply)
    def get(self, request: Request, programme_id: UUID) -> Response:  # noqa: ARG002 - DRF's
        """Return the form that is asked now."""
        programme = selectors.programme(programme_id=programme_id)
        return Response(serializers.ProgrammeFormReply(selectors.form_of(programme.pk)).data)

    @extend_schema(request=serializers.NewProgrammeForm, responses=serializers.ProgrammeFormReply)
    @idempotent
    def post(self, request: Request, programme_id: UUID) -> Response:
        """Let the programme ask a form from now on."""
        form = serializers.NewProgrammeForm(data=request.data)
        form.is_valid(raise_exception=True)
        actor = actor_of(request)
        services.choose_form(
            programme_id=programme_id,
            issuer_id=actor.organization_id,
            code=form.validated_data["form"],
            person_id=actor.person_id,
            now=clock.now(),
        )
        return Response(serializers.ProgrammeFormReply(selectors.form_of(programme_id)).data)

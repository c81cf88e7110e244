"""Whether one may get support, over the API: of oneself by evidence, of anybody as asked."""

from typing import Any, ClassVar, Final

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from identity.contracts import CertificateKind, EnterpriseClass, EnterpriseSize
from identity.http.actors import actor_of
from identity.http.fields import StrictSerializer
from marketplace.vouchers import fitting, selectors
from marketplace.vouchers.api.serializers import CheckLineReply
from marketplace.vouchers.api.views import BUYERS, READ
from marketplace.vouchers.contracts import CheckOutcome

REGION: Final = r"\A[0-9]{6}\Z"
INDUSTRY: Final = r"\A[A-T][0-9]{0,4}\Z"


class FitQuery(StrictSerializer):
    """What is said of an enterprise; what is left out is unknown."""

    region = serializers.RegexField(REGION, required=False, help_text="GB/T 2260")
    industry = serializers.RegexField(INDUSTRY, required=False, help_text="GB/T 4754")
    size = serializers.ChoiceField(EnterpriseSize.choices, required=False)
    standing = serializers.ChoiceField(EnterpriseClass.choices, required=False)
    certificates = serializers.ListField(
        child=serializers.ChoiceField(CertificateKind.choices), required=False, max_length=8
    )


class FitReply(serializers.Serializer[Any]):
    """A programme, the answer of all its rules, and a line a rule."""

    programme_id = serializers.UUIDField(source="programme.id")
    code = serializers.CharField(source="programme.code")
    name = serializers.CharField(source="programme.name")
    name_en = serializers.CharField(source="programme.name_en")
    version = serializers.IntegerField(source="programme.version")
    outcome = serializers.ChoiceField(CheckOutcome.choices, source="fit.outcome")
    lines = CheckLineReply(source="fit.lines", many=True)


class OwnFits(APIView):
    """Programmes with what they say about the actor's organisation."""

    required_roles: ClassVar = {"GET": BUYERS}
    required_scopes: ClassVar = {"GET": READ}

    @extend_schema(responses=FitReply(many=True))
    def get(self, request: Request) -> Response:
        """Return the programmes in force (2,000 at most), fits first, by evidence alone."""
        found = selectors.own_fits(actor_of(request).organization_id, at=clock.now())
        return Response(FitReply(found, many=True).data)


class FitCheck(APIView):
    """Programmes with what they say about an enterprise that is described; keeps nothing."""

    public = True

    @extend_schema(parameters=[FitQuery], responses=FitReply(many=True))
    def get(self, request: Request) -> Response:
        """Return the programmes in force (2,000 at most), those that fit first."""
        typed: dict[str, Any] = request.query_params.dict()
        if "certificates" in typed:
            typed["certificates"] = request.query_params.getlist("certificates")
        form = FitQuery(data=typed)
        form.is_valid(raise_exception=True)
        found = selectors.fits(fitting.said_of(**form.validated_data), at=clock.now())
        return Response(FitReply(found, many=True).data)

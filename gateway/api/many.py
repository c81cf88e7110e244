"""Many codes at once, codes by what they are, and what records hide."""

from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock, statements
from gateway import answering, batching, counting, searching, services
from gateway.api.base import OutwardView
from gateway.api.public import SignedText
from identity.contracts import ANY_MEMBER, ResourceClass, ResourceForm, ResourceStatus
from identity.http.actors import actor_of
from identity.http.fields import (
    StrictCharField,
    StrictDecimalField,
    StrictIntegerField,
    StrictSerializer,
)

NDJSON = "application/x-ndjson"


class BatchAsked(StrictSerializer):
    """Codes, and what each row is to include."""

    codes = serializers.ListField(
        child=StrictCharField(max_length=200), max_length=batching.CODES_MAX + 1
    )
    include = serializers.ListField(child=StrictCharField(max_length=20), default=list)
    nonce = serializers.RegexField(r"^[0-9a-f]{0,32}$", default="")


class ResolveBatch(OutwardView):
    """Resolve up to a thousand codes that are known here."""

    public = False
    required_roles: ClassVar = {"POST": ANY_MEMBER}
    required_scopes: ClassVar = {"POST": "gateway:read"}

    @extend_schema(
        operation_id="gateway_batch",
        request=BatchAsked,
        responses={(200, NDJSON): OpenApiTypes.BINARY},
    )
    def post(self, request: Request) -> HttpResponse:
        """Answer a line for each code in the order asked, then the signed root over them."""
        form = BatchAsked(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        lines = batching.lines(asked["codes"], include=asked["include"], nonce=asked["nonce"])
        counting.count_batch(len(asked["codes"]))
        return HttpResponse(
            b"\n".join([*lines, b""]), content_type=NDJSON, headers={"Cache-Control": "no-store"}
        )


class SearchAsked(StrictSerializer):
    """What is looked for."""

    region = serializers.RegexField(r"^[0-9]{2,6}$", default="")
    resource_class = serializers.ChoiceField(choices=ResourceClass.choices, default="")
    form = serializers.ChoiceField(choices=ResourceForm.choices, default="")
    chip = serializers.ListField(child=StrictCharField(max_length=60), default=list)
    level_min = StrictIntegerField(min_value=0, max_value=9, allow_null=True, default=None)
    pue_max = StrictDecimalField(
        max_digits=5, decimal_places=3, min_value=0, allow_null=True, default=None
    )
    green_min = StrictDecimalField(
        max_digits=4, decimal_places=3, min_value=0, max_value=1, allow_null=True, default=None
    )
    available_milli_min = StrictIntegerField(
        min_value=0, max_value=10**15, allow_null=True, default=None
    )
    specification = StrictCharField(max_length=200, default="")
    availability = serializers.ChoiceField(choices=sorted(searching.AVAILABILITY), default="")
    price_max_minor = StrictIntegerField(
        min_value=0, max_value=10**15, allow_null=True, default=None
    )
    status = serializers.ChoiceField(choices=ResourceStatus.choices, default="ACTIVE")
    sort = serializers.ChoiceField(choices=sorted(searching.ORDERS), default="code")
    limit = StrictIntegerField(min_value=1, max_value=searching.PAGE_MAX, default=50)
    cursor = StrictCharField(max_length=600, default="")
    facets = serializers.BooleanField(default=False)
    nonce = serializers.RegexField(r"^[0-9a-f]{0,32}$", default="")

    def wanted(self) -> searching.CodesWanted:
        """Return what is looked for, as the search takes it."""
        asked = self.validated_data
        return searching.CodesWanted(
            region=asked["region"],
            resource_class=asked["resource_class"],
            form=asked["form"],
            chips=tuple(sorted(set(asked["chip"]))),
            level_min=asked["level_min"],
            pue_milli_max=services.in_milli(asked["pue_max"]),
            green_milli_min=services.in_milli(asked["green_min"]),
            available_milli_min=asked["available_milli_min"],
            specification=asked["specification"],
            availability=asked["availability"],
            price_minor_max=asked["price_max_minor"],
            status=asked["status"],
            sort=asked["sort"],
        )


class FoundCodes(serializers.Serializer[Any]):
    """A page of what was found."""

    rows = serializers.ListField(child=serializers.JSONField())
    next = StrictCharField(allow_blank=True)
    facets = serializers.JSONField(allow_null=True)
    is_capped = serializers.BooleanField(help_text="More than 1,000 were found.")
    stale = serializers.ListField(
        child=serializers.JSONField(), help_text="Nodes whose rows here are not live, and how."
    )
    as_of = serializers.DateTimeField()
    answer = SignedText()


class SearchCodes(OutwardView):
    """Search what is known here by place, kind, chips, level, energy, price and status."""

    @extend_schema(
        operation_id="gateway_search",
        responses=FoundCodes,
        parameters=[SearchAsked, OpenApiParameter("chip", str, many=True)],
    )
    def get(self, request: Request) -> Response:
        """Answer a page of rows, and where the next one begins."""
        given: dict[str, Any] = {name: request.query_params[name] for name in request.query_params}
        if "chip" in given:
            given["chip"] = request.query_params.getlist("chip")
        form = SearchAsked(data=given)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        page = searching.search(
            form.wanted(),
            limit=asked["limit"],
            cursor=asked["cursor"],
            with_facets=asked["facets"],
        )
        body = {
            "asked": {"nonce": asked["nonce"]},
            "at": statements.moment(page.as_of),
            "codes": [row["code"] for row in page.rows],
            "records": [row["record"] for row in page.rows],
        }
        return Response(
            {
                "rows": page.rows,
                "next": page.next,
                "facets": page.facets,
                "is_capped": page.is_capped,
                "stale": page.partial,
                "as_of": page.as_of,
                "answer": answering.signed(body),
            },
            headers={"Cache-Control": "public, max-age=2"},
        )


class Disclosed(serializers.Serializer[Any]):
    """What a record hides: each with the salt that proves it."""

    disclosures = serializers.ListField(child=serializers.JSONField())


class DisclosureDetail(APIView):
    """What the record of a code hides, for its owner and for duties across the market."""

    required_roles: ClassVar = {"GET": ANY_MEMBER}
    required_scopes: ClassVar = {"GET": "gateway:read"}

    @extend_schema(
        operation_id="gateway_disclosures",
        responses=Disclosed,
        parameters=[OpenApiParameter("code", str, required=True)],
    )
    def get(self, request: Request) -> Response:
        """Return salt, field and value of each; that it was shown is kept, for its owner to see."""
        shown = services.disclose(
            code=request.query_params.get("code", ""), actor=actor_of(request), now=clock.now()
        )
        return Response({"disclosures": shown}, headers={"Cache-Control": "private, no-store"})

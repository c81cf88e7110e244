"""Addresses of the gateway that everybody may ask: `/api/gateway/v1/`."""

from django.urls import path

from gateway.api import many, public

urlpatterns = [
    path("resolve", public.ResolveOne.as_view(), name="gateway-resolve"),
    path("batch", many.ResolveBatch.as_view(), name="gateway-batch"),
    path("search", many.SearchCodes.as_view(), name="gateway-search"),
    path("disclosures", many.DisclosureDetail.as_view(), name="gateway-disclosures"),
    path("keys", public.KeysDetail.as_view(), name="gateway-keys"),
    path("vectors", public.VectorsDetail.as_view(), name="gateway-vectors"),
    path("grants", public.GrantsDetail.as_view(), name="gateway-grants"),
    path(
        "statements/<str:digest>", public.SignedStatementDetail.as_view(), name="gateway-statement"
    ),
]

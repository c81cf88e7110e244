"""Addresses of the gateway that everybody may ask: `/api/gateway/v1/`."""

from django.urls import path

from gateway.api import many, owners, public

urlpatterns = [
    path("resolve", public.ResolveOne.as_view(), name="gateway-resolve"),
    path("batch", many.ResolveBatch.as_view(), name="gateway-batch"),
    path("search", many.SearchCodes.as_view(), name="gateway-search"),
    path("disclosures", many.DisclosureDetail.as_view(), name="gateway-disclosures"),
    path("owner-keys", owners.OwnerKeys.as_view(), name="gateway-owner-keys"),
    path("owner-keys/<uuid:key_id>", owners.OwnerKeyDetail.as_view(), name="gateway-owner-key"),
    path("owner-texts", owners.OwnerTexts.as_view(), name="gateway-owner-texts"),
    path("keys", public.KeysDetail.as_view(), name="gateway-keys"),
    path("vectors", public.VectorsDetail.as_view(), name="gateway-vectors"),
    path("grants", public.GrantsDetail.as_view(), name="gateway-grants"),
    path("renewals/<str:digest>", public.RenewalDetail.as_view(), name="gateway-renewal"),
    path(
        "statements/<str:digest>", public.SignedStatementDetail.as_view(), name="gateway-statement"
    ),
]

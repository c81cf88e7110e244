"""Addresses of the gateway that everybody may ask: `/api/gateway/v1/`."""

from django.urls import path

from gateway.api import public

urlpatterns = [
    path("resolve", public.ResolveOne.as_view(), name="gateway-resolve"),
    path("keys", public.KeysDetail.as_view(), name="gateway-keys"),
    path("statements/<str:digest>", public.StatementDetail.as_view(), name="gateway-statement"),
]

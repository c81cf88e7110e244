"""Every address of the market."""

from allauth.account import urls as account_urls
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import (
    SpectacularAPIView,
    SpectacularSwaggerSplitView,
)

from config import health
from config.watch import status
from config.watch import views as watch
from identity.entry.api import tokens
from marketplace.drivers.api import messages as drivers
from marketplace.payments.api import events as payments
from marketplace.portal.views import driver_documents

API_ROOMS: list[str] = [
    # One line a room that has an API.
    "identity.api.urls",
    "identity.events.api.urls",
    "identity.files.api.urls",
    "identity.certifying.api.urls",
    "identity.appeals.api.urls",
    "identity.forms.api.urls",
    "identity.projects.api.urls",
    "identity.webhooks.api.urls",
    "identity.notices.urls",
    "identity.approvals.api.urls",
    "identity.privacy.api.urls",
    "marketplace.fulfilment.api.urls",
    "marketplace.drivers.api.urls",
    "identity.onboarding.api.urls",
    "identity.entry.api.urls",
    "identity.rights.api.urls",
    "identity.particulars.api.urls",
    "marketplace.settlement.api.urls",
    "marketplace.audit.api.urls",
    "marketplace.bulletin.api.urls",
    "marketplace.baselines.api.urls",
    "marketplace.calculator.api.urls",
    "marketplace.policy.api.urls",
    "ledger.api.urls",
    "metering.api.urls",
    "metering.verifying.api.urls",
    "metering.senders.api.urls",
    "metering.energy.api.urls",
    "metering.statistics.api.urls",
    "gateway.sensing.api.path_urls",
    "pricing.api.urls",
    "marketplace.catalog.api.urls",
    "marketplace.vouchers.api.urls",
    "marketplace.budgets.api.urls",
    "marketplace.orders.api.urls",
    "marketplace.payments.api.urls",
    "marketplace.payouts.api.urls",
    "marketplace.statements.api.urls",
    "marketplace.claims.api.urls",
    "marketplace.demands.api.urls",
    "marketplace.rounds.api.urls",
    "marketplace.assurance.api.urls",
]

ACCOUNTS = [each for each in account_urls.urlpatterns if each.name != "account_email"]

urlpatterns = [
    # What programs ask most stands first: addresses are tried in their order.
    path("api/gateway/v1/", include("gateway.api.urls")),
    path("livez", health.livez, name="livez"),
    path("healthz", health.livez, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", watch.metrics, name="metrics"),
    # The market's own page proves an address and tells both; allauth's would tell neither.
    path(
        "accounts/email/",
        RedirectView.as_view(pattern_name="portal:address-change"),
        name="account_email",
    ),
    path("accounts/", include(ACCOUNTS)),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    path("api/drivers/schema/", driver_documents.driver_schema, name="driver-schema"),
    path(
        "api/drivers/docs/",
        SpectacularSwaggerSplitView.as_view(url_name="driver-schema"),
        name="driver-docs",
    ),
    *(path("api/v1/", include(room)) for room in API_ROOMS),
    path("api/gateway/v1/", include("gateway.witness.api.urls")),
    path("api/gateway/v1/", include("gateway.sensing.api.urls")),
    path("api/gateway/v1/", include("gateway.peering.api.public_urls")),
    path("api/peer/v1/", include("gateway.peering.api.urls")),
    path("api/gateway/v1/", include("gateway.changes.api.urls")),
    path("api/gateway/v1/", include("gateway.standards.api.urls")),
    path("api/witness/v1/", include("gateway.api.witness_urls")),
    path("oauth/token", tokens.token, name="oauth-token"),
    path("oauth/revoke", tokens.revoke, name="oauth-revoke"),
    path(
        ".well-known/oauth-authorization-server", tokens.metadata, name="oauth-authorization-server"
    ),
    path("drivers/<uuid:driver_id>/messages", drivers.driver_messages, name="driver-messages"),
    path("gateway/stripe/events", payments.gateway_events, name="gateway-events"),
    path("status/", status.status, name="status"),
    path("oversight/system/", include("config.watch.urls")),
    path("", include("marketplace.portal.urls")),
]

handler400 = "config.failures.bad_request"
handler403 = "config.failures.forbidden"
handler404 = "config.failures.not_found"
handler429 = "identity.attempts.too_many"  # of django-allauth's own limits
handler500 = "config.failures.server_error"

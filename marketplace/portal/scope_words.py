"""What the scopes of keys and tokens allow, in words."""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

OBJECTS: Final = {
    "approvals": gettext_lazy("proposals that wait for a second person"),
    "budgets": gettext_lazy("budgets and caps"),
    "deliveries": gettext_lazy("deliveries"),
    "deposits": gettext_lazy("deposits"),
    "events": gettext_lazy("the record of what happened"),
    "exports": gettext_lazy("exports of trade records"),
    "files": gettext_lazy("files"),
    "forms": gettext_lazy("forms and their answers"),
    "gateway": gettext_lazy("compute codes and what stands behind them"),
    "ledger": gettext_lazy("accounts and movements of the ledger"),
    "listings": gettext_lazy("listings"),
    "metering": gettext_lazy("meters and readings"),
    "metering-agents": gettext_lazy("metering agents"),
    "notices": gettext_lazy("notices and letters"),
    "orders": gettext_lazy("orders"),
    "organization-ties": gettext_lazy("ties between organisations"),
    "organizations": gettext_lazy("the organisation, its members and its standing"),
    "payments": gettext_lazy("payments and payouts"),
    "privacy": gettext_lazy("legal holds and who saw what"),
    "projects": gettext_lazy("projects"),
    "quotes": gettext_lazy("quotes"),
    "rate-plans": gettext_lazy("rate plans"),
    "resources": gettext_lazy("resources and their codes"),
    "settlement": gettext_lazy("contracts, charges and bills"),
    "sme-certificates": gettext_lazy("certificates of small enterprises"),
    "vouchers": gettext_lazy("vouchers and applications"),
    "webhooks": gettext_lazy("webhooks"),
}


def told_scope(scope: str) -> str:
    """Return what a scope allows; one that has no words is called as programs call it."""
    kind, _colon, act = scope.partition(":")
    if kind not in OBJECTS:
        return scope
    sentence = _("Read %(what)s") if act == "read" else _("Change %(what)s")
    return sentence % {"what": OBJECTS[kind]}

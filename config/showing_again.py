"""
Which acts ask who somebody is once more: those that move money, give or take roles, make secrets.

A browser that was left open, or a session that was stolen, does none of them. The list is the only
place that says so; a test walks every address and asks why one that looks alike is not on it.
Programs show their key with every request and are not asked.
"""

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.failures import problem

CODE: Final = "reauthentication_required"
DETAIL: Final = gettext_lazy("Show again who you are, then send this once more.")
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
MONEY: Final = frozenset(
    {
        "adjustments",
        "adjustment-reverse",
        "bank-line-match",
        "bank-statements",
        "book-closings",
        "deposits",
        "payout-account",
        "payout-run-answers",
        "payout-run-send",
        "payout-runs",
        "programme-fundings",
        "refunds",
        "reimbursement-claw-back",
        "voucher-claw-back",
        "voucher-recovery-repaid",
        "portal:adjustment-new",
        "portal:adjustment-reverse",
        "portal:bank-line",
        "portal:deposits",
        "portal:payout-account",
        "portal:payout-run",
        "portal:payout-run-new",
        "portal:payout-run-send",
        "portal:programme-fund",
        "portal:reimbursement-claw-back",
        "portal:voucher-claw-back",
        "portal:voucher-recovery-repaid",
        "portal:wallet-refund",
    }
)
ROLES: Final = frozenset(
    {
        "approval-approve",
        "approval-limits",
        "erasures",
        "member",
        "members",
        "organization-activation",
        "organization-closure",
        "organization-reinstatement",
        "organization-suspensions",
        "recoveries",
        "sso-connection-end",
        "sso-connection-secret",
        "sso-connections",
        "portal:appoint",
        "portal:approval",
        "portal:approval-limits",
        "portal:erasures",
        "portal:member-remove",
        "portal:members",
        "portal:onboarding-activate",
        "portal:organization-close",
        "portal:organization-reinstate",
        "portal:organization-suspend",
        "portal:recovery",
        "portal:sso",
        "portal:sso-end",
        "portal:sso-new",
    }
)
SECRETS: Final = frozenset(
    {
        "access-key-withdrawal",
        "access-keys",
        "api-key-rotation",
        "api-keys",
        "delivery-secret",
        "driver-secret",
        "personal-tokens",
        "portal:access-key-withdraw",
        "portal:access-keys",
        "portal:api-key-rotate",
        "portal:developers",
        "portal:driver-secret",
        "portal:signing-key-end",
        "portal:signing-keys",
        "portal:tokens",
    }
)
ACTS: Final = MONEY | ROLES | SECRETS


class ShowAgainMiddleware:
    """Ask who somebody is before an act of the list, unless they showed it a while ago."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        """Answer with the question, or let the act go on."""
        match = request.resolver_match
        is_act = match is not None and match.view_name in ACTS
        if not is_act or request.method in SAFE_METHODS or not _is_asked(request):
            return None
        answer = problem(request, HTTPStatus.FORBIDDEN, code=CODE, detail=str(DETAIL))
        return answer or _question(request)


def _is_asked(request: HttpRequest) -> bool:
    """Return whether a person acts who did not show who they are for a while."""
    seconds = settings.SUANPAN_REAUTHENTICATION_SECONDS
    user = request.user
    if not seconds or not user.is_authenticated or "Authorization" in request.headers:
        return False
    records = get_authentication_records(request, user)
    last = max((each["at"] for each in records), default=0.0)
    return bool(time.time() - last > seconds)


def _question(request: HttpRequest) -> HttpResponseBase:
    """Lead to the page that asks, and from there back to the form, which is empty again."""
    messages.info(request, _("Show again who you are, then send this once more."))
    has_way = bool(get_adapter().get_reauthentication_methods(request.user))
    asks = reverse("account_reauthenticate" if has_way else "portal:sso-choose")
    return redirect(f"{asks}?{urlencode({'next': request.path})}")

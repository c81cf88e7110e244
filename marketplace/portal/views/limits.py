"""From which amounts on acts take two people; two operators agree on another amount."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Forbidden, Refusal
from identity.approvals import kinds, selectors, services
from identity.approvals.contracts import LIMIT, REASON_LENGTH_MAX, Person
from identity.contracts import PLATFORM_ROLES, Role
from marketplace.portal import proposals
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import MoneyField, OnceForm, show_refusal
from marketplace.portal.once import once


class LimitForm(OnceForm):
    """Another amount from which on a kind of act takes two people."""

    kind = forms.ChoiceField(label=gettext_lazy("What it is for"))
    from_minor = MoneyField(
        label=gettext_lazy("Two people from"),
        takes_zero=True,
        help_text=gettext_lazy("In yuan; 0 means always."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(each.name, each.label) for each in kinds.installed() if each.has_limit]


@page(*sorted(PLATFORM_ROLES))
@require_http_methods(["GET", "POST"])
@once
def limits(request: PortalRequest) -> HttpResponse:
    """Show from when on acts take two people, and let an operator propose another amount."""
    may_propose = request.actor.has_role(Role.OPERATOR)
    form = LimitForm(request.POST or None)
    if request.method == "POST" and not may_propose:
        raise Forbidden
    if request.method == "POST" and form.is_valid() and _propose(request, form):
        messages.info(request, _("The limit waits until another operator approves it."))
        return redirect("portal:approval-limits")
    context = {
        "form": form,
        "may_propose": may_propose,
        "waiting": selectors.waiting(kind=LIMIT).count(),
        "rows": [_row(each) for each in kinds.installed()],
    }
    return render(
        request, "portal/approval_limits.html", context, status=422 if form.errors else 200
    )


def _row(kind: kinds.ApprovalKind) -> dict[str, Any]:
    if not kind.has_limit:
        return {"label": kind.label, "from": _("Always"), "set_at": None}
    newest = selectors.limits(kind=kind.name).first()
    return {
        "label": kind.label,
        "from": proposals.from_amount(0 if newest is None else newest.from_minor),
        "set_at": None if newest is None else newest.set_at,
    }


def _propose(request: PortalRequest, form: LimitForm) -> bool:
    try:
        services.propose_limit(
            by=Person(request.actor.person_id, request.actor.organization_id),
            now=clock.now(),
            **form.values(),
        )
    except Refusal as refusal:
        show_refusal(form, refusal)
        return False
    return True

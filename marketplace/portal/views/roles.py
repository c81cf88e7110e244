"""Roles that an operator gives: another operator approves them."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Refusal
from identity import appointments
from identity.approvals import selectors as approvals
from identity.approvals.contracts import REASON_LENGTH_MAX, Person
from identity.contracts import Role
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm, OrganizationField, show_refusal
from marketplace.portal.once import once


class RoleForm(OnceForm):
    """A role for a person, who is invited if new."""

    uscc = OrganizationField(label=gettext_lazy("Organisation's unified social credit code"))
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("For the operator who approves it."),
    )


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def appoint(request: PortalRequest) -> HttpResponse:
    """Propose a role: a duty of the market, or whoever first acts for an organisation."""
    form = RoleForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _propose(request, form):
        messages.info(request, _("The role waits until another operator approves it."))
        return redirect("portal:appoint")
    waiting = approvals.waiting(kind=appointments.ROLE_KIND).count()
    context = {"form": form, "waiting": waiting}
    return render(request, "portal/appoint.html", context, status=422 if form.errors else 200)


def _propose(request: PortalRequest, form: RoleForm) -> bool:
    values = form.values()
    try:
        appointments.propose_role(
            organization_id=values["uscc"].pk,
            email=values["email"],
            role=Role(values["role"]),
            reason=values["reason"],
            by=Person(request.actor.person_id, request.actor.organization_id),
            now=clock.now(),
        )
    except Refusal as refusal:
        show_refusal(form, refusal)
        return False
    return True

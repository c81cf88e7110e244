"""The one page that people of a suspended organisation see, and its form for an appeal."""

from http import HTTPStatus

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Refusal
from identity import selectors as identity_selectors
from identity import suspensions
from identity.appeals import selectors as appeals_selectors
from identity.appeals import services as appeals_services
from identity.appeals.contracts import PURPOSE, TEXT_MAX
from identity.approvals.contracts import Person
from identity.contracts import Actor
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.brought import kept_file
from marketplace.portal.forms import OnceForm, show_refusal
from marketplace.portal.once import once


class SuspensionAppealForm(OnceForm):
    """Why a suspension is to be lifted."""

    text = forms.CharField(
        label=gettext_lazy("Why it should be lifted"),
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("You appeal once. Operators and auditors read it."),
    )
    file = forms.FileField(
        label=gettext_lazy("Evidence"),
        required=False,
        help_text=gettext_lazy("A document, picture or table. Operators and auditors see it."),
    )


def suspended_page(
    request: HttpRequest,
    actor: Actor,
    *,
    form: SuspensionAppealForm | None = None,
    status: int = HTTPStatus.FORBIDDEN,
) -> HttpResponse:
    """Say why an organisation is suspended, since when, and what its people may still do."""
    all_own = identity_selectors.organizations_of(actor)
    suspension = suspensions.in_force(actor.organization_id)
    appeals = appeals_selectors.appeals_of(actor.organization_id)
    context = {
        "organization": identity_selectors.organization(actor.organization_id),
        "suspension": suspension,
        "appeal": appeals.get(suspension.pk) if suspension else None,
        "form": form or SuspensionAppealForm(),
        "others": [each for each in all_own if each.suspended_at is None],
    }
    return render(request, "portal/suspended.html", context, status=status)


@page()
@require_http_methods(["GET", "POST"])
@once
def own_appeal(request: PortalRequest) -> HttpResponse:
    """Take the appeal of a suspended organisation; who is in good standing finds its own entry."""
    actor = request.actor
    if not actor.is_suspended:
        return redirect("portal:organization-own")
    if request.method != "POST":
        return suspended_page(request, actor, status=HTTPStatus.OK)
    form = SuspensionAppealForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            appeals_services.appeal_suspension(
                by=Person(actor.person_id, actor.organization_id),
                text=form.cleaned_data["text"],
                file_ids=kept_file(request, form, purpose=PURPOSE),
                now=clock.now(),
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect("portal:own-appeal")
    return suspended_page(request, actor, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)

"""Further codes for all of a provider's resources at once: shown before, then given for good."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from common import clock
from identity import allotments
from identity import services as identity_services
from identity.contracts import Role
from marketplace.portal import desk, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once

POOLS_MAX: Final = 100
SHOWN_MAX: Final = 200


class FurtherCodesForm(OnceForm):
    """Which pool the codes come from."""

    pool = forms.ChoiceField(
        label=gettext_lazy("Pool"),
        help_text=gettext_lazy("Each resource that has no code of the pool's layout gets one."),
    )

    def __init__(self, *args: Any, pools: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["pool"]
        field.choices = pools


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def further_codes(request: PortalRequest) -> HttpResponse:
    """Give further codes, after they were shown."""
    owner = request.actor.organization_id
    own = allotments.pools_for(request.actor).filter(organization_id=owner)[:POOLS_MAX]
    offered = [(each.prefix, f"{each.prefix} {each.name}") for each in own]
    form = FurtherCodesForm(request.POST or None, pools=offered)

    def allot() -> Any:
        return identity_services.allot_aliases(
            provider_id=owner, prefix=form.cleaned_data["pool"], now=clock.now()
        )

    outcome = desk.attempt(request, form, allot)
    back = reverse("portal:resources")
    if outcome and outcome.counts:
        count = len(outcome.made)
        told = ngettext("%(count)s code was given.", "%(count)s codes were given.", count)
        messages.success(request, told % {"count": count})
        return redirect(back)
    head = desk.Head(
        _("Further codes"),
        _("First codes stay, and so does all that was made under them."),
        crumbs=[(_("Resources"), back)],
    )
    if not offered:
        empty = desk.Empty(
            _("No pool yet"), _("The operator allots pools on request."), "list-details"
        )
        return desk.show(request, head, [desk.Sheet("", [], [], empty)])
    made = outcome.made if outcome else []
    block = desk.FormBlock(
        form,
        _("Give them") if made else _("Show the codes"),
        back,
        symbol="check" if made else "search",
        seen=desk.seen_mark(request) if made else "",
    )
    return desk.show(request, head, [block, *([_preview(made)] if outcome else [])])


def _preview(made: list[Any]) -> desk.Sheet:
    return desk.Sheet(
        title=_("What would be given: %(count)s") % {"count": len(made)},
        columns=[
            desk.Column(_("Resource")),
            desk.Column(_("First code")),
            desk.Column(_("Further code")),
        ],
        rows=[
            [
                desk.Cell(names.named(each.resource)),
                desk.Cell(each.resource.identifier, is_code=True),
                desk.Cell(each.code, is_code=True),
            ]
            for each in made[:SHOWN_MAX]
        ],
        empty=desk.Empty(
            _("Nothing to give"), _("Every resource has a code of this layout."), "check"
        ),
    )

"""The way between two places over the hubs: how long, how wide, how dear, and who says so."""

from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from common import clock
from common.errors import Refusal
from gateway.sensing import pathways
from identity.identifiers import regions
from marketplace.portal import hub_map, names
from marketplace.portal.forms import WholeField, show_refusal

PROVINCE_DIGITS: Final = 2


class WayForm(forms.Form):
    """Between which places, and for how many gigabytes."""

    start = forms.CharField(label=_("From"), max_length=110)
    end = forms.CharField(label=_("To"), max_length=110)
    gb = WholeField(
        label=_("Gigabytes"), min_value=0, max_value=1_000_000, required=False, localize=False
    )
    start.help_text = end.help_text = _(
        "A hub (hub:GAN), a region (region:310000), a point (place:31.23,121.47) or a code."
    )


@require_safe
def paths(request: HttpRequest) -> HttpResponse:
    """Show the way between two places; nobody needs to sign in for it."""
    given = request.GET or {"start": "region:310000", "end": "hub:GAN", "gb": 100}
    form, found = WayForm(given), None
    if form.is_valid():
        typed = form.cleaned_data
        try:
            found = pathways.pathway(
                typed["start"].strip(), typed["end"].strip(), gb=typed["gb"] or 0, at=clock.now()
            )
        except Refusal as refusal:
            refusal.field = {"from": "start", "to": "end"}.get(refusal.field or "", refusal.field)
            show_refusal(form, refusal)
    context = {
        "form": form,
        "way": found,
        "legs": [_leg(leg) for leg in found.legs] if found else [],
        "ties": hub_map.ties(),
        "places": hub_map.places(),
        "line": hub_map.line(found.start.hub, found.end.hub) if found else "",
        "hubs": [(f"hub:{hub.code}", names.hub(hub.code)) for hub in regions.hubs()],
    }
    return render(request, "portal/paths.html", context, status=422 if form.errors else 200)


def _leg(leg: pathways.WayLeg) -> dict[str, Any]:
    return {
        "start": _place(leg.start),
        "end": _place(leg.end),
        "leg": leg,
        "source": leg.source.label,
        "is_assumed": leg.source == pathways.PathSource.ASSUMED,
    }


def _place(asked: str) -> str:
    kind, _colon, name = asked.partition(":")
    if asked in pathways.HUBS or kind == "hub":
        return str(names.hub(name or asked))
    return str(names.place(name)) if kind == "region" else name

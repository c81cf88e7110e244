"""Who tells of a provider's resource: the agents that are bound to it, and an address we ask."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from gateway.sensing import selectors as sensing_selectors
from gateway.sensing import services as sensing_services
from gateway.sensing.contracts import PROBE_URL_LENGTH_MAX
from identity import selectors as identity_selectors
from identity.contracts import Role
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once
from marketplace.portal.outbound_words import probe_answer
from marketplace.portal.state_sheet import told_state

# The inputs that the rooms' refusals are about.
FIELDS: Final = {"url": "endpoint"}


class WatchForm(OnceForm):
    """The agents that may speak for a resource, and the address that the market asks."""

    agents = forms.MultipleChoiceField(
        label=gettext_lazy("Agents that may speak for it"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: any of your agents. Others' are refused always."),
    )
    endpoint = forms.CharField(
        label=gettext_lazy("Address that the market asks"),
        required=False,
        max_length=PROBE_URL_LENGTH_MAX,
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "https://, reached from the public network. Asked once a minute with GET; what it"
            " answers is not kept. Empty: the market does not ask."
        ),
    )

    def __init__(self, *args: Any, agents: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["agents"]
        field.choices = agents


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def resource_watch(request: PortalRequest, resource_id: UUID) -> HttpResponse:
    """Choose who tells of a resource, and see what was told last."""
    owner = request.actor.organization_id
    found = identity_selectors.resource_of_provider(resource_id=resource_id, provider_id=owner)
    now = clock.now()
    agents = {
        str(each.chain_id): each.name
        for each in identity_selectors.agents(owner)
        if each.revoked_at is None
    }
    asked = sensing_selectors.endpoint_of(found.pk)
    given = {
        "agents": [str(each) for each in sensing_selectors.bound_agents(found.pk)],
        "endpoint": asked.url if asked else "",
    }
    form = WatchForm(request.POST or None, agents=list(agents.items()), initial=given)
    back = reverse("portal:resource", args=[found.pk])

    def change() -> object:
        return sensing_services.watch(
            resource_id=found.pk,
            provider_id=owner,
            chain_ids=[UUID(each) for each in form.cleaned_data["agents"]],
            endpoint=form.cleaned_data["endpoint"],
            by_id=request.actor.person_id,
            now=now,
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, change, FIELDS):
        messages.success(request, _("It is kept who tells of %(name)s.") % {"name": found.name})
        return redirect(back)
    head = desk.Head(
        _("Who tells of it"),
        _("What is free is answered to buyers with its source and age; silence is said."),
        tags=[desk.Cell(found.identifier, is_code=True)],
        crumbs=[(_("Resources"), reverse("portal:resources")), (names.named(found), back)],
    )
    blocks: list[desk.FormBlock | desk.Sheet] = [
        desk.FormBlock(form, _("Save"), back),
        told_state(found.pk),
    ]
    return desk.show(request, head, blocks, [_asked(asked)])


def _asked(asked: Any) -> desk.Facts:
    title = _("The market's own look")
    if asked is None or not asked.url:
        return desk.Facts(title, [(_("Address"), desk.Cell(_("none")))])
    answer = probe_answer(asked.status, asked.took_ms, asked.problem)
    when = figures.moment(asked.asked_at) if asked.asked_at else _("not yet")
    return desk.Facts(
        title,
        [
            (_("Asked last"), desk.Cell(when)),
            (_("Answer"), desk.Cell(answer, tone="" if not asked.failures else "bad")),
            (_("Failed in a row"), desk.Cell(figures.grouped(asked.failures))),
        ],
    )

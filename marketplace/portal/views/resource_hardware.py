"""The serials of the hardware that a provider's resource is made of, said anew."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.contracts import Role
from marketplace.portal import desk, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once

TYPED_MAX = 80_000  # 1,024 serials of 64 characters, each in a line


class SerialsField(forms.CharField):
    """Serials of hardware, with spaces or line ends between; what they are is told to nobody."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=gettext_lazy("Serials of the hardware"),
            max_length=TYPED_MAX,
            required=False,
            widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
            **options,
        )


class HardwareForm(OnceForm):
    """All serials of a resource, anew."""

    hardware_serials = SerialsField(
        help_text=gettext_lazy(
            "All of them, one a line. What you leave out is free for another resource; empty"
            " frees all."
        )
    )


def told(count: int) -> str:
    """Write how many pieces of hardware a resource names."""
    if not count:
        return _("none named")
    return ngettext("%(count)s serial", "%(count)s serials", count) % {"count": count}


@page(Role.PROVIDER)
@require_http_methods(["GET", "POST"])
@once
def change_hardware(request: PortalRequest, resource_id: UUID) -> HttpResponse:
    """Say anew which hardware a resource is made of."""
    owner = request.actor.organization_id
    found = identity_selectors.resource_of_provider(resource_id=resource_id, provider_id=owner)
    form = HardwareForm(request.POST or None)
    back = reverse("portal:resource", args=[found.pk])

    def change() -> object:
        return identity_services.change_hardware(
            resource_id=found.pk,
            provider_id=owner,
            serials=form.cleaned_data["hardware_serials"].split(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, change):
        count = identity_selectors.hardware_count(resource_id=found.pk)
        messages.success(
            request, _("%(name)s: %(said)s.") % {"name": names.named(found), "said": told(count)}
        )
        return redirect(back)
    head = desk.Head(
        _("Serials of the hardware"),
        _("On record now: %(said)s. They are kept as hashes, so nobody can read them back.")
        % {"said": told(identity_selectors.hardware_count(resource_id=found.pk))},
        tags=[desk.Cell(found.identifier, is_code=True)],
        crumbs=[(_("Resources"), reverse("portal:resources")), (names.named(found), back)],
    )
    return desk.show(request, head, [desk.FormBlock(form, _("Save"), back)])

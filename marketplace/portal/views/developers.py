"""For those who write programs: API keys and where the documentation is."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Refusal
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.api.scopes import scopes_of_roles
from identity.contracts import Actor, KeyKind, Role
from identity.key_networks import read_networks
from identity.services import IssuedKey
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm, show_refusal
from marketplace.portal.lists.developers import KEYS, TOKENS, dated_keys
from marketplace.portal.once import remember, sent_before
from marketplace.portal.scope_words import told_scope
from marketplace.portal.tables import ListTable, Queried

LIFETIMES = (
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("1 year")),
)


class NetworksField(forms.CharField):
    """Networks as a person types them, one a line."""

    def clean(self, value: Any) -> list[str]:
        """Return the networks in one spelling."""
        try:
            return read_networks(super().clean(value).split())
        except Refusal as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal


class KeyForm(OnceForm):
    """What a new API key is called and may do."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    days = forms.ChoiceField(label=gettext_lazy("Ends after"), choices=LIFETIMES)
    networks = NetworksField(
        label=gettext_lazy("From these networks only"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "cm-mono"}),
        help_text=gettext_lazy("One a line, such as 203.0.113.0/24; empty: from everywhere."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("May"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, roles: Collection[Role], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["scopes"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [
            (scope, told_scope(scope)) for scope in sorted(scopes_of_roles(frozenset(roles)))
        ]


@page()
@never_cache
@require_http_methods(["GET", "POST"])
def developers(request: PortalRequest) -> HttpResponseBase:
    """Show the organisation's API keys, and make one. Its secret is shown once, on this answer."""
    keys = identity_selectors.api_keys(request.actor.organization_id)
    return _keys_page(request, KEYS, keys, KeyKind.ORGANIZATION)


@page()
@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: PortalRequest) -> HttpResponseBase:
    """Show a person's own access tokens, and make one. Its secret is shown once."""
    mine = identity_selectors.personal_tokens(
        person_id=request.actor.person_id, organization_id=request.actor.organization_id
    )
    return _keys_page(request, TOKENS, mine, KeyKind.PERSONAL)


def _keys_page(
    request: PortalRequest, listed: ListTable, keys: QuerySet[Any], kind: KeyKind
) -> HttpResponseBase:
    roles = [Role(role) for role in request.actor.roles]
    form = KeyForm(request.POST or None, roles=roles)
    issued = None
    if request.method == "POST" and form.is_valid():
        # The answer shows the secret, so it cannot be a redirect; sent again it makes no other key.
        if sent_before(request) is not None:
            messages.info(request, _("This key was made already; its secret is not shown again."))
            return redirect(request.path)
        try:
            issued = _issue(request.actor, form, kind)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            remember(request, request.path)
            form = KeyForm(roles=roles)
    table = listed.read(request, Queried(keys), dress=dated_keys)
    template = "developers" if kind == KeyKind.ORGANIZATION else "tokens"
    is_provider = Role.PROVIDER in roles
    context = {"form": form, "issued": issued, "is_provider": is_provider}
    return table.answer(f"portal/{template}.html", context, status=422 if form.errors else 200)


def _issue(actor: Actor, form: KeyForm, kind: KeyKind) -> IssuedKey:
    now = clock.now()
    return identity_services.create_api_key(
        organization_id=actor.organization_id,
        created_by=actor.person_id,
        name=form.cleaned_data["name"],
        roles=[Role(role) for role in actor.roles],
        scopes=form.cleaned_data["scopes"],
        now=now,
        expires_at=now + timedelta(days=int(form.cleaned_data["days"])),
        networks=form.cleaned_data["networks"],
        kind=kind,
    )

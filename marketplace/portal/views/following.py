"""Codes that the organisation follows: its webhooks are told when they change."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from common import clock
from gateway.changes import selectors as changes_selectors
from gateway.changes import services as changes_services
from gateway.changes.contracts import NAME_LENGTH_MAX, ChangeKind, FollowedCodes
from identity.contracts import ResourceClass, ResourceForm
from identity.webhooks import selectors as webhooks_selectors
from marketplace.portal import desk, figures, names
from marketplace.portal.access import PortalRequest, form_only, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once

CHANGES_SHOWN: Final = 50
ANY: Final = (("", gettext_lazy("any")),)


class FollowForm(OnceForm):
    """What is to be followed."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LENGTH_MAX)
    codes = forms.CharField(
        label=gettext_lazy("Compute identifiers"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "cm-mono", "spellcheck": "false"}),
        help_text=gettext_lazy("One a line, up to 1,000. Or narrow by what follows."),
    )
    begins_with = forms.CharField(
        label=gettext_lazy("Begins with"), required=False, max_length=96, empty_value=""
    )
    region = forms.CharField(
        label=gettext_lazy("Region"),
        required=False,
        max_length=6,
        help_text=gettext_lazy("The first digits of its code, such as 52."),
    )
    resource_class = forms.ChoiceField(
        label=gettext_lazy("Class"), required=False, choices=[*ANY, *ResourceClass.choices]
    )
    form = forms.ChoiceField(
        label=gettext_lazy("Handed over as"), required=False, choices=[*ANY, *ResourceForm.choices]
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Changes"),
        required=False,
        choices=ChangeKind.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: all."),
    )

    def following(self) -> FollowedCodes:
        """Return what was asked for."""
        typed = self.values()
        prefix = typed.pop("begins_with")
        return FollowedCodes(**(typed | {"codes": typed["codes"].split(), "prefix": prefix}))


@page()
@require_http_methods(["GET", "POST"])
@once
def following(request: PortalRequest) -> HttpResponse:
    """Show what the organisation follows, and follow more."""
    form = FollowForm(request.POST or None)
    organization_id = request.actor.organization_id

    def follow() -> object:
        return changes_services.follow(
            organization_id=organization_id,
            person_id=request.actor.person_id,
            following=form.following(),
            now=clock.now(),
        )

    if (
        request.method == "POST"
        and form.is_valid()
        and desk.is_done(form, follow, {"prefix": "begins_with"})
    ):
        messages.success(request, _("It is followed from now on."))
        return redirect("portal:following")
    endpoints = list(webhooks_selectors.endpoints_of(organization_id))
    feed = desk.Link(_("Public feed of changes"), "/api/gateway/v1/feed", "api")
    webhooks = desk.Link(_("Webhooks"), reverse("portal:webhooks"), "api")
    head = desk.Head(
        _("Codes that you follow"),
        _("Your webhooks are told when a code is registered, suspended, or in another state."),
        crumbs=[(_("Developers"), reverse("portal:developers"))],
        links=[feed, webhooks],
    )
    main: list[desk.Note | desk.Sheet] = []
    if not endpoints:
        main.append(desk.Note(_("You have no webhook yet; register one to be told."), "warning"))
    main.append(_followed(organization_id))
    side = [desk.FormBlock(form, _("Follow"), reverse("portal:following"), symbol="plus")]
    return desk.show(request, head, main, side)


def _followed(organization_id: UUID) -> desk.Sheet:
    return desk.Sheet(
        title=_("Followed"),
        columns=[
            desk.Column(_("Name")),
            desk.Column(_("What")),
            desk.Column(_("Told"), "number"),
            desk.Column(_("Told last")),
        ],
        rows=[
            [
                desk.Cell(row.name, address=reverse("portal:followed", args=[row.pk])),
                desk.Cell(_what(row)),
                desk.Cell(figures.grouped(row.told)),
                desk.Cell(figures.moment(row.told_at) if row.told_at else _("not yet")),
            ]
            for row in changes_selectors.following_of(organization_id)
        ],
        empty=desk.Empty(_("You follow no code"), _("What you follow stands here.")),
    )


def _what(row: Any) -> str:
    count = len(row.codes)
    told = ngettext("%(count)s code", "%(count)s codes", count) % {"count": count}
    parts = [
        told if count else "",
        f"{row.prefix}…" if row.prefix else "",
        names.place(row.region) if len(row.region) == 6 else row.region,
        ResourceClass(row.resource_class).label if row.resource_class else "",
        ResourceForm(row.form).label if row.form else "",
        *(str(ChangeKind(kind).label) for kind in row.kinds),
    ]
    return " · ".join(str(part) for part in parts if part)


@page()
@require_safe
def followed(request: PortalRequest, subscription_id: UUID) -> HttpResponse:
    """Show one thing that is followed, what changed of it last, and how webhooks took it."""
    owner = request.actor.organization_id
    found = changes_selectors.subscription_of(
        organization_id=owner, subscription_id=subscription_id
    )
    back = reverse("portal:following")
    head = desk.Head(found.name, _what(found), crumbs=[(_("Codes that you follow"), back)])
    act = desk.Acting(
        _("Follow no longer"),
        _("Nothing of it is told from then on. What was told stays on record."),
        reverse("portal:followed-end", args=[found.pk]),
        _("Follow no longer"),
    )
    return desk.show(request, head, [_changes(found), _deliveries(owner)], [act])


def _changes(found: Any) -> desk.Sheet:
    return desk.Sheet(
        title=_("Changed last"),
        columns=[
            desk.Column(_("Number"), "number"),
            desk.Column(_("Code")),
            desk.Column(_("What")),
            desk.Column(_("When")),
        ],
        rows=[
            [
                desk.Cell(figures.grouped(row.number or 0)),
                desk.Cell(row.code, is_code=True),
                desk.Cell(str(ChangeKind(row.kind).label), note=row.value),
                desk.Cell(figures.moment(row.at)),
            ]
            for row in changes_selectors.changes_of(found, limit=CHANGES_SHOWN)
        ],
        empty=desk.Empty(_("Nothing changed yet"), _("You are told as soon as something does.")),
    )


def _deliveries(owner: UUID) -> desk.Sheet:
    last = webhooks_selectors.deliveries_named(organization_id=owner, name="changes.code.changed")[
        :10
    ]
    return desk.Sheet(
        title=_("How webhooks took it"),
        columns=[
            desk.Column(_("Code")),
            desk.Column(_("Tries"), "number"),
            desk.Column(_("When")),
            desk.Column(_("State"), "state"),
        ],
        rows=[
            [
                desk.Cell(
                    each.object_id,
                    is_code=True,
                    address=reverse("portal:webhook-delivery", args=[each.pk]),
                ),
                desk.Cell(figures.grouped(each.attempts)),
                desk.Cell(figures.moment(each.ended_at or each.created_at)),
                desk.Cell(each.get_state_display()),
            ]
            for each in last
        ],
        empty=desk.Empty(
            _("No webhook was told yet"), _("Each try of your endpoints stands here.")
        ),
    )


@page()
@form_only
def end_following(request: PortalRequest, subscription_id: UUID) -> HttpResponse:
    """Follow no longer."""
    changes_services.end(
        organization_id=request.actor.organization_id,
        subscription_id=subscription_id,
        now=clock.now(),
    )
    messages.success(request, _("It is no longer followed."))
    return redirect("portal:following")

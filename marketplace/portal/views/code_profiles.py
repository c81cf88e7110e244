"""Layouts of codes: fields, lists, check characters and vectors, which of them is in use when."""

import json
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from common import clock
from identity import profile_proposals
from identity import selectors as identity_selectors
from identity.approvals.contracts import Person
from identity.contracts import Role
from identity.identifiers.refusals import UnknownProfile
from marketplace.portal import desk, figures
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import MomentFormField, OnceForm
from marketplace.portal.once import once

DEFINITION_MAX: Final = 200_000
SHOWN_MAX: Final = 200
KINDS: Final = {
    "literal": gettext_lazy("always the same"),
    "uscc": gettext_lazy("unified social credit code"),
    "industry": gettext_lazy("GB/T 4754 section and division"),
    "region": gettext_lazy("GB/T 2260 code"),
    "code": gettext_lazy("code of a list"),
    "components": gettext_lazy("codes with how many"),
    "serial": gettext_lazy("letters and digits"),
    "node": gettext_lazy("code of a node"),
    "owner": gettext_lazy("given to the owner by the node"),
    "pool": gettext_lazy("given to the pool by the node"),
    "digits": gettext_lazy("digits"),
}


@page()
@require_safe
def code_profiles(request: PortalRequest) -> HttpResponse:
    """Show every layout, and which one new codes outside of pools take from when on."""
    may = request.actor.has_role(Role.OPERATOR)
    publish_link = desk.Link(
        _("Propose a layout"), reverse("portal:code-profile-new"), "plus", "primary"
    )
    head = desk.Head(
        _("Layouts of codes"),
        _("Codes of all of them are read side by side, for ever. What is published never changes."),
        links=[
            desk.Link(_("As data"), "/api/v1/identifier-profiles", "api"),
            *([publish_link] if may else []),
        ],
    )
    return desk.show(request, head, [_layouts(), _uses()])


def _layouts() -> desk.Sheet:
    return desk.Sheet(
        title=_("Published layouts"),
        columns=[
            desk.Column(_("Layout")),
            desk.Column(_("Parts")),
            desk.Column(_("Check characters")),
            desk.Column(_("Published")),
        ],
        rows=[
            [
                desk.Cell(
                    f"SP{row.version}",
                    note=row.source,
                    address=reverse("portal:code-profile", args=[row.version]),
                ),
                desk.Cell(" · ".join(each["name"] for each in row.definition["fields"])),
                desk.Cell(row.definition["check"]["system"]),
                desk.Cell(figures.moment(row.valid_from)),
            ]
            for row in identity_selectors.profile_rows()
        ],
        empty=desk.Empty("", ""),
    )


def _uses() -> desk.Sheet:
    now = clock.now()
    uses = list(identity_selectors.profile_uses())
    current = next((each.pk for each in uses if each.from_at <= now), None)
    return desk.Sheet(
        title=_("What new codes outside of pools take"),
        columns=[
            desk.Column(_("From")),
            desk.Column(_("Layout")),
            desk.Column(_("State"), "state"),
        ],
        rows=[
            [
                desk.Cell(figures.moment(each.from_at)),
                desk.Cell(f"SP{each.profile_id}"),
                desk.Cell(_("in use"), tone="ok")
                if each.pk == current
                else desk.Cell(_("later") if each.from_at > now else _("before")),
            ]
            for each in uses
        ],
        empty=desk.Empty(
            _("Layout 1, since the market began"),
            _("Codes in pools take the layout of their pool, whatever stands here."),
        ),
    )


@page()
@require_safe
def code_profile(request: PortalRequest, version: str) -> HttpResponse:
    """Show one layout: its parts, lists, boundaries, vectors."""
    rows = {each.version: each for each in identity_selectors.profile_rows()}
    row = rows.get(version)
    if row is None:
        raise Http404
    told = row.definition
    head = desk.Head(
        _("Layout SP%(version)s") % {"version": version},
        row.source,
        crumbs=_crumbs(),
        tags=[desk.Cell(row.content_hash[:16], is_code=True, copied=row.content_hash)],
    )
    facts = desk.Facts(
        _("Layout"),
        [
            (_("Between parts"), desk.Cell(told["separator"], is_code=True)),
            (_("Check characters"), desk.Cell(told["check"]["system"])),
            (_("A prefix may end after"), desk.Cell(" · ".join(_routing(version)))),
            (_("Serials are given once within"), desk.Cell(_within(version))),
            (_("Published"), desk.Cell(figures.moment(row.valid_from))),
        ],
    )
    return desk.show(request, head, [_parts(told), *_lists(told), _vectors(told)], [facts])


def _crumbs() -> list[tuple[Any, str]]:
    return [(_("Layouts of codes"), reverse("portal:code-profiles"))]


def _routing(version: str) -> tuple[str, ...]:
    return identity_selectors.identifier_profile(version).routing


def _within(version: str) -> str:
    return identity_selectors.identifier_profile(version).serials_within


def _parts(told: Any) -> desk.Sheet:
    return desk.Sheet(
        title=_("Parts"),
        columns=[desk.Column(_("Part")), desk.Column(_("Holds")), desk.Column(_("Characters"))],
        rows=[
            [
                desk.Cell(each["name"], is_code=True),
                desk.Cell(KINDS[each["kind"]], note=each.get("value", "")),
                desk.Cell(str(each.get("length", "—"))),
            ]
            for each in told["fields"]
        ],
        empty=desk.Empty("", ""),
    )


def _lists(told: Any) -> list[desk.Sheet]:
    sheets = [
        _list(each["name"], list(each["codes"].items()))
        for each in told["fields"]
        if each["kind"] == "code"
    ]
    components = [(code, " · ".join(names)) for code, names in told.get("components", {}).items()]
    return [*sheets, *([_list(_("components"), components)] if components else [])]


def _list(name: Any, pairs: list[tuple[str, str]]) -> desk.Sheet:
    return desk.Sheet(
        title=_("Codes of %(part)s") % {"part": name},
        columns=[desk.Column(_("Code")), desk.Column(_("Means"))],
        rows=[[desk.Cell(code, is_code=True), desk.Cell(means)] for code, means in pairs],
        empty=desk.Empty("", ""),
    )


def _vectors(told: Any) -> desk.Sheet:
    return desk.Sheet(
        title=_("Codes to try a program on"),
        columns=[desk.Column(_("Code"))],
        rows=[[desk.Cell(code, is_code=True, copied=code)] for code in told["vectors"][:SHOWN_MAX]],
        empty=desk.Empty("", ""),
    )


class LayoutForm(OnceForm):
    """A layout to publish, or one to take into use from a moment on, or both."""

    definition = forms.CharField(
        label=gettext_lazy("Definition"),
        max_length=DEFINITION_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false", "class": "cm-mono"}),
        help_text=gettext_lazy(
            "JSON, as the schema of layouts says. Empty: one that is published."
        ),
    )
    version = forms.CharField(
        label=gettext_lazy("Version"),
        max_length=8,
        required=False,
        help_text=gettext_lazy("Of a published layout that is to be used."),
    )
    use_from = MomentFormField(
        label=gettext_lazy("New codes outside of pools take it from"), required=False
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    wide: Final = ("definition",)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        zone = {"zone": figures.zone_name(clock.now())}
        self.fields["use_from"].help_text = _("Time of day in %(zone)s.") % zone

    def clean_definition(self) -> Any:
        """Return what is written as data; nothing where it is empty."""
        text = self.cleaned_data["definition"].strip()
        if not text:
            return None
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            line = getattr(error, "lineno", 1)
            told = _("This is no JSON: look at line %(line)s.") % {"line": line}
            raise forms.ValidationError(told) from error


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def publish(request: PortalRequest) -> HttpResponse:
    """Propose to publish a layout, or to take one into use; another operator approves it."""
    form = LayoutForm(request.POST or None)

    def propose() -> object:
        said = form.cleaned_data
        try:
            return profile_proposals.propose_profile(
                definition=said["definition"],
                version=said["version"].strip().removeprefix("SP"),
                use_from=said["use_from"],
                reason=said["reason"],
                by=_by(request),
                now=clock.now(),
            )
        except UnknownProfile as refusal:
            refusal.field = "version"
            raise

    back = reverse("portal:code-profiles")
    if request.method == "POST" and form.is_valid() and desk.is_done(form, propose):
        messages.info(request, _("The layout waits until another operator approves it."))
        return redirect(back)
    head = desk.Head(
        _("Propose a layout"),
        _("It reads its own vectors, and no code can be taken for another's: that is checked."),
        crumbs=_crumbs(),
    )
    return desk.show(request, head, [desk.FormBlock(form, _("Propose it"), back)])


def _by(request: HttpRequest) -> Person:
    actor = request.actor  # type: ignore[attr-defined]
    return Person(actor.person_id, actor.organization_id)

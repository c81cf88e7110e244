"""Forms as an operator makes them: written as data, previewed, published by version."""

import json
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods

from common import clock
from identity.contracts import Role
from identity.forms import definitions
from identity.forms import selectors as forms_selectors
from identity.forms import services as forms_services
from identity.forms.contracts import DEFINITION_BYTES_MAX, FormPurpose, UnknownForm
from identity.forms.definitions import Form, in_words
from marketplace.portal import desk, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers import services as vouchers_services

SHOWN_FAULTS_MAX: Final = 20
FIELDS: Final = {"version": "definition"}
ASKED: Final = {"form": "asked"}


class VersionForm(OnceForm):
    """The definition of a form, as data."""

    definition = forms.CharField(
        label=gettext_lazy("Definition"),
        max_length=DEFINITION_BYTES_MAX,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "class": "cm-mono"}),
        help_text=gettext_lazy("JSON, as the schema of forms says; every text in both languages."),
    )
    wide: Final = ("definition",)

    def clean_definition(self) -> Any:
        """Return what is written, with a sentence for each fault."""
        try:
            data = json.loads(self.cleaned_data["definition"])
        except (ValueError, RecursionError) as error:
            line = getattr(error, "lineno", 1)
            told = _("This is no JSON: look at line %(line)s.") % {"line": line}
            raise forms.ValidationError(told) from error
        found = definitions.faults(data)[:SHOWN_FAULTS_MAX]
        if found:
            raise forms.ValidationError([f"{each.path}: {each.problem}" for each in found])
        return data


@page(Role.OPERATOR, Role.AUDITOR)
def form_versions(request: PortalRequest) -> HttpResponse:
    """Show every version of every form."""
    may = request.actor.has_role(Role.OPERATOR)
    rows = [_row(form, may) for form in forms_selectors.versions()]
    sheet = desk.Sheet(
        _("Versions"),
        [
            desk.Column(pgettext("to fill in", "Form")),
            desk.Column(_("Version"), "number"),
            desk.Column(_("Questions"), "number"),
            desk.Column(_("Hash")),
            desk.Column(_("Next version"), "act"),
        ],
        rows,
        desk.Empty(_("No forms"), _("The operator of the market publishes forms.")),
    )
    new = desk.Link(_("New form"), reverse("portal:form-version-new"), "plus", "primary")
    head = desk.Head(
        _("Forms as data"),
        _("The newest version is asked; what was answered stays with the version that asked it."),
        links=[new] if may else [],
    )
    return desk.show(request, head, [sheet])


def _row(form: Form, may: bool) -> list[desk.Cell]:
    address = f"{reverse('portal:form-version-new')}?of={form.code}"
    link = desk.Link(_("Next version"), address, about=in_words(form.title))
    return [
        desk.Cell(in_words(form.title), form.code),
        desk.Cell(str(form.version)),
        desk.Cell(str(len(form.fields))),
        desk.Cell(form.content_hash[:12], is_code=True, copied=form.content_hash),
        desk.Cell(links=[link] if may else []),
    ]


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def new_version(request: PortalRequest) -> HttpResponse:
    """Write the next version of a form; it is shown as it would be asked before it counts."""
    form = VersionForm(request.POST or None, initial={"definition": _begun(request)})
    back = reverse("portal:form-versions")

    def publish() -> Any:
        return forms_services.publish(
            form.cleaned_data["definition"],
            by_id=request.actor.person_id,
            organization_id=request.actor.organization_id,
            now=clock.now(),
        )

    outcome = desk.attempt(request, form, publish, FIELDS)
    if outcome and outcome.counts:
        messages.success(request, _("%(form)s is asked from now on.") % {"form": outcome.made})
        return redirect(back)
    head = desk.Head(
        _("New version of a form"),
        _("A version is never changed; the next one takes its place."),
        crumbs=[(_("Forms as data"), back)],
    )
    block = desk.FormBlock(
        form,
        _("Publish it") if outcome else _("Show how it is asked"),
        back,
        symbol="check" if outcome else "search",
        seen=desk.seen_mark(request) if outcome else "",
    )
    side = [_preview(form.cleaned_data["definition"])] if outcome else []
    return desk.show(request, head, [block], side)


def _begun(request: PortalRequest) -> str:
    """Return what is written first: the newest version of a form with the next number."""
    try:
        newest = forms_selectors.newest_form(desk.asked(request, "of"))
    except UnknownForm:
        return ""
    data = dict(newest.data) | {"version": newest.version + 1}
    return json.dumps(data, ensure_ascii=False, indent=2)


def _preview(data: Any) -> desk.Steps:
    """Return the questions as they would be asked, with their conditions."""
    form = definitions.parse_form(data)
    lines = [_asked(form, field) for field in form.fields]
    told = in_words(form.consent)
    return desk.Steps(f"{in_words(form.title)} · v{form.version}", lines, told)


def _asked(form: Form, field: definitions.FormField) -> str:
    words = (
        in_words(field.label)
        if field.required
        else _("%(label)s (optional)") % {"label": in_words(field.label)}
    )
    if field.choices:
        words = f"{words}: {', '.join(in_words(label) for _value, label in field.choices)}"
    if field.when is None:
        return words
    lead = next(each for each in form.fields if each.name == field.when[0])
    said_so = {value: in_words(label) for value, label in lead.choices}
    values = ", ".join(said_so.get(each, each) for each in sorted(field.when[1]))
    return _("%(words)s, if “%(lead)s” is %(values)s") % {
        "words": words,
        "lead": in_words(lead.label),
        "values": values,
    }


class ProgrammeFormForm(OnceForm):
    """Which form a programme asks."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        found = forms_selectors.current(FormPurpose.APPLICATION)
        choices = [
            (each.code, f"{in_words(each.title)} ({each.code} v{each.version})") for each in found
        ]
        self.fields["asked"] = forms.ChoiceField(
            label=pgettext("to fill in", "Form"), choices=choices
        )


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def programme_form(request: PortalRequest, programme_id: UUID) -> HttpResponse:
    """Choose what a programme asks of its applicants."""
    issuer_id = request.actor.organization_id
    programme = vouchers_selectors.programme(programme_id=programme_id, issuer_id=issuer_id)
    asked = vouchers_selectors.form_of(programme.pk)
    form = ProgrammeFormForm(request.POST or None, initial={"asked": asked.code})
    back = reverse("portal:programmes")

    def choose() -> object:
        return vouchers_services.choose_form(
            programme_id=programme.pk,
            issuer_id=issuer_id,
            code=form.cleaned_data["asked"],
            person_id=request.actor.person_id,
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, choose, ASKED):
        messages.success(request, _("Applicants are asked by this form from now on."))
        return redirect(back)
    head = desk.Head(
        _("Form of the programme"),
        f"{names.named(programme)} · {programme.code}",
        crumbs=[(_("Programmes"), back)],
    )
    block = desk.FormBlock(form, _("Ask this form"), back, symbol="check")
    return desk.show(request, head, [block], [_preview(dict(asked.data))])

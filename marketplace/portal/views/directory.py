"""The directory of rules, standards and technologies, for everybody; operators enter more."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from common import clock
from gateway.standards import selectors as standards_selectors
from gateway.standards import services as standards_services
from gateway.standards.contracts import (
    CODE_LENGTH_MAX,
    NOTE_LENGTH_MAX,
    TITLE_LENGTH_MAX,
    VERSION_LENGTH_MAX,
    DirectoryKind,
    SupportKind,
)
from gateway.standards.selectors import DirectoryLine
from identity.contracts import Role
from marketplace.portal import decisions, desk
from marketplace.portal.access import PortalRequest, for_strangers, page
from marketplace.portal.forms import OnceForm
from marketplace.portal.once import once

# What the shipped entries say of this node.
NOTES = {
    "Each code with the days on which it was in force.": _lazy(
        "Each code with the days on which it was in force."
    ),
    "Weak validators, conditional requests.": _lazy("Weak validators, conditional requests."),
    "Readings of agents.": _lazy("Readings of agents."),
    "Exporters are read; /metrics is served.": _lazy("Exporters are read; /metrics is served."),
    "Metrics over HTTP.": _lazy("Metrics over HTTP."),
    "Symmetric signatures.": _lazy("Symmetric signatures."),
    "The check character is verified.": _lazy("The check character is verified."),
    "Two-digit divisions in identifiers.": _lazy("Two-digit divisions in identifiers."),
    "MOD 37,36 in identifiers.": _lazy("MOD 37,36 in identifiers."),
    "PUE of a month from readings at the site.": _lazy("PUE of a month from readings at the site."),
    "Tree hashes and proofs; no certificates.": _lazy("Tree hashes and proofs; no certificates."),
    "One code for every public compute resource.": _lazy(
        "One code for every public compute resource."
    ),
    "Codes of pools are granted from above.": _lazy("Codes of pools are granted from above."),
    "Codes are resolved and searched, and their state is told.": _lazy(
        "Codes are resolved and searched, and their state is told."
    ),
    "Nodes of each level, by grants and referrals.": _lazy(
        "Nodes of each level, by grants and referrals."
    ),
    "How an order is delivered, step by step.": _lazy("How an order is delivered, step by step."),
    "Usage is measured in windows.": _lazy("Usage is measured in windows."),
    "Usage is rated by dated plans.": _lazy("Usage is rated by dated plans."),
    "Books are cleared by a rule that can be computed again.": _lazy(
        "Books are cleared by a rule that can be computed again."
    ),
    "Service levels give back what was missed.": _lazy("Service levels give back what was missed."),
    "PUE and electricity of usage; no footprint of making devices.": _lazy(
        "PUE and electricity of usage; no footprint of making devices."
    ),
    "Vouchers cover orders of small and medium companies.": _lazy(
        "Vouchers cover orders of small and medium companies."
    ),
    "Orders are not placed across platforms.": _lazy("Orders are not placed across platforms."),
}
TONES = {SupportKind.WHOLE: "ok", SupportKind.PARTLY: "warn", SupportKind.NONE: ""}
ANY = (("", _lazy("any")),)


class DirectoryFilter(forms.Form):
    """What of the directory is shown."""

    text = forms.CharField(label=_lazy("Search"), required=False, max_length=100)
    kind = forms.ChoiceField(
        label=_lazy("Kind"), required=False, choices=[*ANY, *DirectoryKind.choices]
    )
    support = forms.ChoiceField(
        label=_lazy("This node"), required=False, choices=[*ANY, *SupportKind.choices]
    )


class DirectoryEntryForm(OnceForm):
    """A version of a standard, policy or technology."""

    kind = forms.ChoiceField(
        label=_lazy("Kind"),
        choices=[each for each in DirectoryKind.choices if each[0] != DirectoryKind.RULE],
    )
    code = forms.CharField(label=_lazy("Code"), max_length=CODE_LENGTH_MAX)
    version = forms.CharField(label=_lazy("Version"), max_length=VERSION_LENGTH_MAX)
    title = forms.CharField(
        label=pgettext_lazy("of a document", "Title"), max_length=TITLE_LENGTH_MAX
    )
    title_en = forms.CharField(
        label=_lazy("Title in English"), max_length=TITLE_LENGTH_MAX, required=False
    )
    support = forms.ChoiceField(label=_lazy("This node"), choices=SupportKind.choices)
    clause = forms.CharField(label=_lazy("Clause"), max_length=60, required=False)
    rule = forms.ChoiceField(label=_lazy("Rule that carries it out"), required=False)
    decision = forms.CharField(
        label=_lazy("Decision record"),
        max_length=4,
        required=False,
        help_text=_lazy("Its four digits, such as 0602."),
    )
    url = forms.CharField(label=_lazy("Address"), max_length=300, required=False)
    note = forms.CharField(label=_lazy("Note"), max_length=NOTE_LENGTH_MAX, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["rule"]
        rules = [f"{kind}/{version}" for kind, version in standards_selectors.rules()]
        field.choices = [("", _("none")), *((name, name) for name in rules)]


@require_safe
def directory(request: HttpRequest) -> HttpResponse:
    """Show the directory; nobody needs to sign in for it."""
    form = DirectoryFilter(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    actor = getattr(request, "actor", None)
    context = {
        "form": form,
        "lines": [_shown(line) for line in standards_selectors.directory(**asked)],
        "may_enter": actor is not None and actor.has_role(Role.OPERATOR),
    }
    return render(request, "portal/directory.html", context, status=422 if form.errors else 200)


def _shown(line: DirectoryLine) -> dict[str, Any]:
    is_english = (get_language() or "").startswith("en")
    support = SupportKind(line.support)
    return {
        "line": line,
        "kind": DirectoryKind(line.kind).label,
        "title": (line.title_en if is_english else line.title) or line.title,
        "support": support.label,
        "note": NOTES.get(line.note, line.note),
        "tone": TONES[support],
        "rule_address": _rule_address(line),
        "decision_address": decisions.address(line.decision),
    }


def _rule_address(line: DirectoryLine) -> str:
    """Return where a rule is told: a measurement rule on its page, others in this directory."""
    kind, _slash, version = line.rule.partition("/")
    if kind == "measurement":
        code, _dash, number = version.rpartition("-")
        return reverse("portal:measurement-rule", args=[code, int(number)])
    if not line.rule or line.kind == DirectoryKind.RULE:
        return ""
    told = urlencode({"kind": DirectoryKind.RULE.value, "text": line.rule})
    return f"{reverse('portal:directory')}?{told}"


@for_strangers
def decision(request: HttpRequest, decision_number: int) -> HttpResponse:
    """Show a decision record, and which entries of the directory rest on it."""
    record = decisions.record(f"{decision_number:04}")
    if record is None:
        raise Http404
    lines = [
        _shown(line) for line in standards_selectors.directory() if line.decision == record.number
    ]
    context = {"record": record, "body": decisions.rendered(record.text), "lines": lines}
    return render(request, "portal/decision.html", context)


@page(Role.OPERATOR)
@require_http_methods(["GET", "POST"])
@once
def new_entry(request: PortalRequest) -> HttpResponse:
    """Enter a version; it stays as it is."""
    form = DirectoryEntryForm(request.POST or None)
    back = reverse("portal:directory")

    def enter() -> object:
        return standards_services.enter(
            line=DirectoryLine(**form.values()), by_id=request.actor.person_id, now=clock.now()
        )

    if request.method == "POST" and form.is_valid() and desk.is_done(form, enter):
        messages.success(request, _("It stands in the directory."))
        return redirect(back)
    head = desk.Head(
        _("New entry of the directory"),
        _("What an entry says of a version stays; another version is another entry."),
        crumbs=[(_("Directory of standards"), back)],
    )
    return desk.show(request, head, [desk.FormBlock(form, _("Enter"), back, symbol="plus")])

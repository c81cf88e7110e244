"""What surveillance looks for: each rule's numbers over time, and the next, which two agree on."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Forbidden
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.assurance import selectors as assurance_selectors
from marketplace.assurance import services as assurance_services
from marketplace.assurance.contracts import PARAMETERS, Pattern
from marketplace.portal import case_words, desk
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.forms import OnceForm, WholeField
from marketplace.portal.once import once
from marketplace.portal.templatetags.portal import when

COLUMNS: Final = (
    desk.Column(gettext_lazy("Pattern")),
    desk.Column(gettext_lazy("Version")),
    desk.Column(gettext_lazy("Numbers")),
    desk.Column(gettext_lazy("Holds from")),
    desk.Column(gettext_lazy("Reason")),
    desk.Column(gettext_lazy("Hash")),
)


class RuleForm(OnceForm):
    """The numbers of one rule."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)

    def __init__(self, *args: Any, pattern: str, now: dict[str, int], **options: Any) -> None:
        super().__init__(*args, **options)
        for name, (least, most) in PARAMETERS[pattern].items():
            self.fields[name] = WholeField(
                label=case_words.LABELS[name],
                min_value=least,
                max_value=most,
                initial=now.get(name),
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            )
        self.order_fields([*PARAMETERS[pattern], "reason"])


@page(Role.OPERATOR, Role.AUDITOR)
@require_http_methods(["GET", "POST"])
@once
def surveillance_rules(request: PortalRequest) -> HttpResponse:
    """Show every version of the rules; let an operator propose other numbers of one."""
    may_act = request.actor.has_role(Role.OPERATOR)
    if request.method == "POST" and not may_act:
        raise Forbidden
    pattern = desk.asked(request, "rule", among=Pattern.values) or Pattern.WASH_TRADES
    in_force = {each.pattern: each for each in assurance_selectors.rules_in_force(at=clock.now())}
    now = dict(in_force[pattern].parameters) if pattern in in_force else {}
    form = RuleForm(request.POST or None, pattern=pattern, now=now)
    if form.is_valid() and desk.is_done(form, lambda: _propose(request, form, pattern)):
        messages.info(request, _("The rule waits until another operator approves it."))
        return redirect("portal:surveillance-rules")
    return desk.show(request, _head(), [_versions()], _side(form, pattern) if may_act else ())


def _propose(request: PortalRequest, form: RuleForm, pattern: str) -> None:
    values = form.values()
    assurance_services.propose_rule(
        pattern=pattern,
        reason=values.pop("reason"),
        parameters=values,
        by=Person(request.actor.person_id, request.actor.organization_id),
        now=clock.now(),
    )


def _head() -> desk.Head:
    return desk.Head(
        title=_("Surveillance rules"),
        told=_("What is looked for in orders and trades; a case names the version that found it."),
        crumbs=((_("Cases"), reverse("portal:cases")),),
    )


def _versions() -> desk.Sheet:
    return desk.Sheet(
        title=_("Versions"),
        columns=COLUMNS,
        rows=[
            (
                desk.Cell(
                    each.get_pattern_display(),
                    address=f"{reverse('portal:surveillance-rules')}?rule={each.pattern}",
                ),
                desk.Cell(str(each.version)),
                desk.Cell(case_words.numbers(each.parameters)),
                desk.Cell(when(each.valid_from)),
                desk.Cell(each.reason),
                desk.Cell(each.content_hash[:12], is_code=True, copied=each.content_hash),
            )
            for each in assurance_selectors.rule_versions()
        ],
        empty=desk.Empty(_("No rule"), _("Nothing is looked for.")),
    )


def _side(form: RuleForm, pattern: str) -> list[Any]:
    return [
        desk.FormBlock(
            form,
            act=_("Propose the numbers"),
            title=str(Pattern(pattern).label),
            told=_("They hold at once when another operator approves; open cases keep theirs."),
            action=f"{reverse('portal:surveillance-rules')}?rule={pattern}",
        )
    ]

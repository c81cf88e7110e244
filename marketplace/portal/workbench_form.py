"""The form of a workbench run: which rules, against which, on which trades, with what money."""

import json
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import moments
from marketplace.policy import selectors as policy_selectors
from marketplace.policy.contracts import (
    RULES_LENGTH_MAX,
    TITLE_LENGTH_MAX,
    YEARS_LATER_MAX,
    WorkbenchBasis,
    WorkbenchWish,
)
from marketplace.portal import desk, names
from marketplace.portal.forms import DayFormField, MoneyField, OnceForm, WholeField
from marketplace.vouchers import programme_rules
from marketplace.vouchers import selectors as vouchers_selectors
from marketplace.vouchers.contracts import InvalidProgrammeRules

DATE: Final = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
TEXT, NOTHING = "text", ""
IN_FORCE: Final = "in-force:"
DRAFT: Final = "draft:"
SECTIONS: Final = (
    desk.Section(gettext_lazy("Rules"), ("title", "source", "text", "code", "compared")),
    desk.Section(
        gettext_lazy("Trades and money"),
        ("starts_on", "ends_on", "years_later", "basis", "budget_minor"),
    ),
)
# The inputs that the room's refusals are about.
FIELDS: Final = {"ends_at": "ends_on", "starts_at": "starts_on"}


class WorkbenchForm(OnceForm):
    """What a run is to try."""

    title = forms.CharField(label=gettext_lazy("Name of the run"), max_length=TITLE_LENGTH_MAX)
    source = forms.ChoiceField(label=gettext_lazy("Rules to try"))
    text = forms.CharField(
        label=gettext_lazy("Rules as JSON"),
        required=False,
        max_length=RULES_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=gettext_lazy("Only where “a JSON text” is chosen above."),
    )
    code = forms.CharField(
        label=gettext_lazy("Code of the programme"),
        required=False,
        max_length=24,
        help_text=gettext_lazy("Needed for a JSON text; else it is that of what is chosen."),
    )
    compared = forms.ChoiceField(label=gettext_lazy("Compared with"), required=False)
    starts_on = DayFormField(label=gettext_lazy("From day"), widget=DATE)
    ends_on = DayFormField(
        label=gettext_lazy("To day"), widget=DATE, help_text=gettext_lazy("Included.")
    )
    years_later = WholeField(
        label=gettext_lazy("Move trades by years"),
        min_value=0,
        max_value=YEARS_LATER_MAX,
        initial=0,
        help_text=gettext_lazy("So that last year's trades meet the dates of next year's rules."),
    )
    basis = forms.ChoiceField(
        label=gettext_lazy("Who takes part"),
        choices=WorkbenchBasis.choices,
        initial=WorkbenchBasis.TRADES,
    )
    budget_minor = MoneyField(
        label=gettext_lazy("Budget"),
        required=False,
        help_text=gettext_lazy("In yuan. Empty: what the rules state, or what was funded."),
    )

    def __init__(self, *args: Any, issuer_id: UUID, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.issuer_id, self.now = issuer_id, now
        self._drafts = {
            f"{DRAFT}{each.pk}": each
            for each in vouchers_selectors.drafts(issuer_id=issuer_id)[:200]
        }
        mine = vouchers_selectors.programmes().filter(issuer_id=issuer_id)[:200]
        self._codes = {f"{IN_FORCE}{each.code}": each for each in mine}
        chosen = [
            *(
                (key, _("Draft: %(name)s") % {"name": f"{each.code} {each.name}"})
                for key, each in self._drafts.items()
            ),
            *(
                (key, _("In force: %(name)s") % {"name": f"{each.code} {names.named(each)}"})
                for key, each in self._codes.items()
            ),
        ]
        source: Any = self.fields["source"]
        source.choices = [*chosen, (TEXT, _("A JSON text"))]
        compared: Any = self.fields["compared"]
        compared.choices = [(NOTHING, _("Nothing")), *chosen]
        first, last = last_year(moments.market_date(now))
        self.initial = {"starts_on": first, "ends_on": last, **self.initial}

    def clean(self) -> dict[str, Any]:
        """Read the rules; what is wrong with them stands beside the input that they came from."""
        typed: dict[str, Any] = super().clean() or {}
        source = typed.get("source")
        if source:
            typed["rules"], code = self._rules(source, typed.get("text", ""), "source")
            typed["code"] = code or typed.get("code", "").strip()
            if not typed["code"]:
                self.add_error("code", _("A JSON text needs the code of its programme."))
        if typed.get("compared"):
            typed["base_rules"], _code = self._rules(typed["compared"], "", "compared")
        return typed

    def _rules(self, source: str, text: str, name: str) -> tuple[dict[str, Any] | None, str]:
        """Return the whole rules of a source, and the code that they are for."""
        field, code = name, ""
        found: Any = None
        if source == TEXT:
            field = "text"
            try:
                found = json.loads(text)
            except (ValueError, RecursionError) as error:
                self.add_error(field, _("This is no JSON: %(why)s") % {"why": error})
                return None, ""
            found = found.get("rules", found) if isinstance(found, dict) else found
        elif source in self._drafts:
            found, code = self._drafts[source].rules, self._drafts[source].code
        else:
            code = source.removeprefix(IN_FORCE)
            found = policy_selectors.rules_in_force(code, at=self.now)
        try:
            programme_rules.parse(found)
        except InvalidProgrammeRules as refusal:
            self.add_error(field, str(refusal))
        return found, code

    def wish(self) -> WorkbenchWish:
        """Return what was typed as what a run is asked with."""
        typed = self.cleaned_data
        money = typed["budget_minor"]
        if money is None:
            money = policy_selectors.money_of(
                typed["rules"], code=typed["code"], issuer_id=self.issuer_id
            )
        return WorkbenchWish(
            title=typed["title"],
            code=typed["code"],
            rules=typed["rules"],
            base_rules=typed.get("base_rules"),
            basis=WorkbenchBasis(typed["basis"]),
            starts_at=moments.start_of_day(typed["starts_on"]),
            ends_at=moments.start_of_day(typed["ends_on"] + timedelta(days=1)),
            years_later=typed["years_later"],
            budget_minor=money,
        )


def last_year(today: date) -> tuple[date, date]:
    """Return the first and last day of the year that ends today."""
    try:
        first = today.replace(year=today.year - 1)
    except ValueError:  # 29 February
        first = today.replace(year=today.year - 1, day=28)
    return first + timedelta(days=1), today

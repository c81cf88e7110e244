"""What the workbench and the report say, in the reader's language."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from identity.contracts import EnterpriseSize
from marketplace.assurance.contracts import Pattern
from marketplace.policy.contracts import WorkbenchState
from marketplace.portal import names
from marketplace.portal.tables import Tag
from marketplace.vouchers import wording
from marketplace.vouchers.contracts import Beneficiary, CoverLimit, Unfit
from marketplace.vouchers.terms import LimitKind

_Words = str | Promise
TONES: Final = {
    WorkbenchState.QUEUED: ("neutral", "refresh"),
    WorkbenchState.RUNNING: ("brand", "loader-2"),
    WorkbenchState.READY: ("ok", "check"),
    WorkbenchState.FAILED: ("bad", "circle-x"),
    WorkbenchState.CANCELLED: ("neutral", "x"),
}
DIMENSIONS: Final[dict[str, _Words]] = {
    "district": gettext_lazy("By district"),
    "class": gettext_lazy("By class"),
    "size": gettext_lazy("By size"),
}
RULES: Final[dict[str, _Words]] = {
    "budget": gettext_lazy("The budget is used up"),
    "rates": gettext_lazy("No share for this class"),
    "limits.per_entity_year_minor": gettext_lazy("Cap per entity and year"),
    "windows.cap_minor": gettext_lazy("The application window is used up"),
    "applications_until": gettext_lazy("Outside the application window"),
    "requires_sme_certificate": gettext_lazy("No SME certificate"),
    "beneficiaries.regions": gettext_lazy("Another region"),
    "beneficiaries.sizes": gettext_lazy("Another size, or not known"),
    "beneficiaries.industries": gettext_lazy("Another industry, or not known"),
    "beneficiaries.classes": gettext_lazy("Another class"),
    "beneficiaries.certificates": gettext_lazy("None of the certificates"),
    "beneficiaries.clean_years": gettext_lazy("Years without an entry of dishonesty"),
    "scope.contracts": gettext_lazy("Contracted at another time"),
    "scope.paid": gettext_lazy("Paid at another time"),
    "suppliers.unrelated": gettext_lazy("Buyer and provider are related"),
    "suppliers.listed": gettext_lazy("The provider is not listed"),
    "suppliers.size": gettext_lazy("Size of the provider"),
    "stacking.combines": gettext_lazy("Another programme paid already"),
    "stacking.excludes": gettext_lazy("A programme that is excluded paid already"),
}
CONTROL: Final[dict[str, _Words]] = {
    "related_parties": gettext_lazy("Related parties"),
    "double_support": gettext_lazy("Supported by another programme, too"),
}
BUDGET: Final = "BUDGET"


def rule(name: str) -> str:
    """Return which rule refused something."""
    if name in RULES:
        return str(RULES[name])
    if name.upper() in Unfit.values:
        return str(Unfit(name.upper()).label)
    return str(wording.NAMES.get(name.partition(".")[0], name))


def limit(name: str) -> str:
    """Return which limit cut something."""
    if name == BUDGET:
        return _("the budget")
    known = CoverLimit if name in CoverLimit.values else LimitKind
    return str(known(name).label)


def control(name: str) -> str:
    """Return what control names."""
    if name in CONTROL:
        return str(CONTROL[name])
    return str(Pattern(name).label) if name in Pattern.values else name


def group(dimension: str, value: str) -> str:
    """Return what a group of enterprises is called."""
    if not value:
        return _("not known")
    if dimension == "district":
        return names.region(value)
    known = Beneficiary if dimension == "class" else EnterpriseSize
    return str(known(value).label) if value in known.values else value


def tag_of_run(run: object) -> Tag:
    """Return how far a run is."""
    state = WorkbenchState(run.state)  # type: ignore[attr-defined]
    label = _("Run is decided") if state is WorkbenchState.READY else state.label
    return Tag(label, *TONES[state])

"""Codes by what stands behind them, for everybody: the search of the gateway as a page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from gateway import searching
from gateway.contracts import InvalidSearchCursor
from gateway.sensing.contracts import Health
from identity import codes
from identity.contracts import ResourceClass, ResourceForm, ResourceStatus
from marketplace.portal import figures, names
from marketplace.portal.forms import ExactField, MoneyField, WholeField

PAGE: Final = 20
ANY: Final = (("", _lazy("any")),)
AVAILABILITY: Final = (
    ("ALL", _lazy("all of it is free")),
    ("SOME", _lazy("a part is free")),
    ("NONE", _lazy("nothing is free")),
    ("UNKNOWN", _lazy("not told")),
)
SORTS: Final = (
    ("code", _lazy("Code")),
    ("price", _lazy("Price")),
    ("level", _lazy("Level")),
    ("available", _lazy("Free capacity")),
    ("newest", _lazy("Newest state")),
)
FRESH: Final = {"live": _lazy("live"), "stale": _lazy("stale"), "unknown": _lazy("not heard of")}


class CodeFilter(forms.Form):
    """What is looked for."""

    region = forms.RegexField(
        label=_lazy("Region"),
        regex=r"^[0-9]{2,6}$",
        required=False,
        help_text=_lazy("the first 2 to 6 digits of GB/T 2260"),
    )
    resource_class = forms.ChoiceField(
        label=_lazy("Class"), required=False, choices=[*ANY, *ResourceClass.choices]
    )
    form = forms.ChoiceField(
        label=_lazy("Delivered as"), required=False, choices=[*ANY, *ResourceForm.choices]
    )
    chip = forms.CharField(
        label=_lazy("Chip (code)"),
        required=False,
        max_length=60,
        help_text=_lazy("as codes have it: NH1S, HW9B; the facets below name those that there are"),
    )
    specification = forms.CharField(
        label=_lazy("Specification"),
        required=False,
        max_length=200,
        help_text=_lazy("chip and count, as NH1S:512"),
    )
    level_min = WholeField(label=_lazy("Level at least"), required=False, min_value=0, max_value=9)
    pue_max = ExactField(
        label=_lazy("PUE at most"), required=False, min_value=0, max_digits=5, decimal_places=3
    )
    green_min = ExactField(
        label=_lazy("Green share at least (%)"),
        required=False,
        min_value=0,
        max_value=100,
        max_digits=4,
        decimal_places=1,
    )
    price_max = MoneyField(
        label=_lazy("Price at most (¥ a standard hour)"), required=False, takes_zero=True
    )
    availability = forms.ChoiceField(
        label=_lazy("Free capacity"), required=False, choices=[*ANY, *AVAILABILITY]
    )
    sort = forms.ChoiceField(label=_lazy("Sort"), required=False, choices=SORTS)

    def wanted(self) -> searching.CodesWanted:
        """Return what is looked for, as the search takes it."""
        asked = self.cleaned_data
        pue, green = asked["pue_max"], asked["green_min"]
        return searching.CodesWanted(
            region=asked["region"],
            resource_class=asked["resource_class"],
            form=asked["form"],
            chips=(asked["chip"],) if asked["chip"] else (),
            specification=asked["specification"],
            level_min=asked["level_min"],
            pue_milli_max=None if pue is None else int(pue * 1000),
            green_milli_min=None if green is None else int(green * 10),
            price_minor_max=asked["price_max"] if asked["price_max"] != "" else None,
            availability=asked["availability"],
            sort=asked["sort"] or "code",
        )


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A code as the page shows it."""

    code: str
    name: str  # with its owner; empty for what another node registered
    what: str  # its specification and place
    free: str
    health: str
    seen: str
    status: str
    is_active: bool
    node: str
    freshness: str


@dataclass(frozen=True, slots=True)
class FacetChoice:
    """A value of a facet, how often it is found, and the address that narrows to it."""

    label: str
    count: str
    address: str


@require_safe
def code_search(request: HttpRequest) -> HttpResponse:
    """Show what is found, page by page, with what else it could be narrowed by."""
    form = CodeFilter(request.GET)
    found, status = None, 200
    if form.is_valid():
        try:
            found = searching.search(
                form.wanted(),
                limit=PAGE,
                cursor=request.GET.get("cursor", ""),
                with_facets=not request.GET.get("cursor"),
            )
        except InvalidSearchCursor as refusal:
            form.add_error(None, str(refusal))
    if found is None:
        status = 422
    context = {
        "form": form,
        "lines": _lines(found.rows) if found else [],
        "facets": list(_facets(request, found.facets)) if found and found.facets else [],
        "is_capped": bool(found and found.is_capped),
        "next": _address(request, cursor=found.next) if found and found.next else "",
        "api": f"/api/gateway/v1/search?{request.GET.urlencode()}",
    }
    return render(request, "portal/code_search.html", context, status=status)


def _lines(rows: Sequence[Mapping[str, Any]]) -> list[FoundLine]:
    own = codes.resources_by_code([row["code"] for row in rows])
    return [_line(row, own.get(row["code"])) for row in rows]


def _line(row: Mapping[str, Any], resource: Any) -> FoundLine:
    state, status = row["state"], row["status"]["value"]
    available = state["available"]
    observed = parse_datetime(state["last_told_at"]) if state["last_told_at"] else None
    return FoundLine(
        code=row["code"],
        name=f"{names.named(resource)} · {names.named(resource.provider)}" if resource else "",
        what=" · ".join(
            [*names.specification(resource.specification), names.place(resource.region)]
        )
        if resource
        else "",
        free=_share(available["milli"] if available else None, state["total"]["milli"]),
        health=str(Health(state["health"].upper()).label),
        seen=figures.moment(observed) if observed else "—",
        status=str(ResourceStatus(status).label),
        is_active=status == ResourceStatus.ACTIVE,
        node=row["authority"],
        freshness=str(FRESH.get(row["freshness"], row["freshness"])),
    )


def _share(milli: int | None, total: int) -> str:
    if milli is None:
        return _("not known now")
    return f"{figures.grouped(Decimal(milli) / 1000)} / {figures.grouped(Decimal(total) / 1000)}"


def _facets(
    request: HttpRequest, counted: Mapping[str, Mapping[str, int]]
) -> Iterator[tuple[str, list[FacetChoice]]]:
    """Yield each facet that could still narrow, with its values, the most frequent first."""
    labels: dict[str, tuple[str, Any]] = {
        "region": (_("Region"), names.place),
        "resource_class": (_("Class"), lambda it: ResourceClass(it).label),
        "form": (_("Delivered as"), lambda it: ResourceForm(it).label),
        "specification": (_("Specification"), str),
        "availability": (_("Free capacity"), lambda it: dict(AVAILABILITY)[it]),
    }
    for name, (title, word) in labels.items():
        values = counted.get(name, {})
        if len(values) > 1 and not request.GET.get(name):
            yield (
                title,
                [
                    FacetChoice(
                        str(word(value)), figures.grouped(count), _address(request, **{name: value})
                    )
                    for value, count in list(values.items())[:8]
                ],
            )


def _address(request: HttpRequest, **more: str) -> str:
    query = request.GET.copy()
    query.pop("cursor", None)
    for name, value in more.items():
        query[name] = value
    return f"{request.path}?{query.urlencode()}"

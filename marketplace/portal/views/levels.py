"""Service levels: what a listing promises, what a month measured, and why something went back."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.canonical import canonical_json
from common.errors import Forbidden
from identity.contracts import Role
from marketplace.assurance import level_selectors
from marketplace.assurance import services as assurance_services
from marketplace.assurance.level_contracts import (
    RESPONSE_BOUNDS_MS,
    LevelPromise,
    LevelWish,
    promise_of,
)
from marketplace.catalog import selectors as catalog_selectors
from marketplace.portal import desk, figures, level_words, names
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.delivered_rule_words import rule_cell
from marketplace.portal.forms import ExactField, OnceForm, WholeField
from marketplace.portal.lists.levels import LEVEL_EVALUATIONS
from marketplace.portal.once import once
from marketplace.portal.tables import Queried

READERS: Final = (Role.BUYER, Role.PROVIDER, Role.OPERATOR, Role.AUDITOR, Role.FINANCE)
SCRIPT: Final = Path(__file__).parents[2] / "assurance" / "verify_level.py"
TARGETS: Final = ("availability", "ready_minutes", "response_ms", "network")
TIERS: Final = 3
# Each limit of availability, with what goes back below it.
LIMITS: Final = (("availability", "credit_1"), ("below_2", "credit_2"), ("below_3", "credit_3"))
# The inputs that refusals are about.
INPUTS: Final = {
    "availability_ppm": "availability",
    "tiers": "credit_1",
    "ready_seconds": "ready_minutes",
    "network_ppm": "network",
}


def _percent_field(label: Any, **options: Any) -> ExactField:
    return ExactField(label=label, min_value=0, max_value=100, required=False, **options)


class ListingLevelForm(OnceForm):
    """What a provider promises of a listing."""

    availability = _percent_field(
        gettext_lazy("Availability in a month, %"),
        decimal_places=4,
        help_text=gettext_lazy("Empty: it is not promised."),
    )
    credit_1 = _percent_field(gettext_lazy("Below it, goes back, %"), decimal_places=2)
    below_2 = _percent_field(gettext_lazy("Second limit, %"), decimal_places=4)
    credit_2 = _percent_field(gettext_lazy("Below the second, goes back, %"), decimal_places=2)
    below_3 = _percent_field(gettext_lazy("Third limit, %"), decimal_places=4)
    credit_3 = _percent_field(gettext_lazy("Below the third, goes back, %"), decimal_places=2)
    ready_minutes = WholeField(
        label=gettext_lazy("Ready within, minutes"), min_value=1, max_value=1440, required=False
    )
    ready_credit = _percent_field(gettext_lazy("Ready later, goes back, %"), decimal_places=2)
    response_ms = forms.TypedChoiceField(
        label=gettext_lazy("Within which 95 probes of 100 are answered, ms"),
        choices=[("", "–"), *((str(each), str(each)) for each in RESPONSE_BOUNDS_MS)],
        coerce=int,
        empty_value=None,
        required=False,
    )
    response_credit = _percent_field(gettext_lazy("Slower, goes back, %"), decimal_places=2)
    network = _percent_field(gettext_lazy("Reachable in a month, %"), decimal_places=4)
    network_credit = _percent_field(gettext_lazy("Less reachable, goes back, %"), decimal_places=2)

    nothing = forms.BooleanField(label=gettext_lazy("Nothing is promised any more"), required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse what promises nothing, unless that is what is wanted."""
        said = super().clean() or self.cleaned_data
        is_empty = all(said.get(name) is None for name in TARGETS)
        if is_empty and not self.errors and not said.get("nothing"):
            told = _("This promises nothing: fill in a target, or say so below.")
            self.add_error("availability", ValidationError(told, code="empty"))
        if not is_empty and said.get("nothing"):
            told = _("Targets are filled in above: empty them, or leave this.")
            self.add_error("nothing", ValidationError(told, code="not_empty"))
        if not self.errors:
            self._check_limits(said)
        return said

    def _check_limits(self, said: dict[str, Any]) -> None:
        """Mark the limit that does not go down, or gives back no more, at its own input."""
        before: tuple[Decimal, Decimal] | None = None
        for limit, share in LIMITS:
            value, back = said.get(limit), said.get(share) or Decimal(0)
            if value is None and back:
                self.add_error(limit, _("Say below which limit this goes back."))
            if value is None or (limit == LIMITS[0][0] and not back):
                continue
            for name, told in _problems_of(limit, share, (value, back), before):
                self.add_error(name, told)
            before = (value, back)

    def promise(self) -> LevelPromise:
        """Return what was typed."""
        said = self.values()
        limits = [said["availability"], said["below_2"], said["below_3"]]
        shares = [said["credit_1"], said["credit_2"], said["credit_3"]]
        tiers = [
            (_scaled(limit, 4), _scaled(credit, 2))
            for limit, credit in zip(limits, shares, strict=True)
            if limit is not None and credit
        ]
        minutes = said["ready_minutes"]
        return LevelPromise(
            availability_ppm=_whole(said["availability"], 4),
            tiers=tuple(tiers),
            ready_seconds=None if minutes is None else minutes * 60,
            ready_credit_bp=_scaled(said["ready_credit"], 2),
            response_ms=said["response_ms"],
            response_credit_bp=_scaled(said["response_credit"], 2),
            network_ppm=_whole(said["network"], 4),
            network_credit_bp=_scaled(said["network_credit"], 2),
        )


def _problems_of(
    limit: str, share: str, said: tuple[Decimal, Decimal], before: tuple[Decimal, Decimal] | None
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong about a limit and what goes back below it, after the one before."""
    if not said[1]:
        yield share, _("Say what goes back below this limit.")
    elif before is None and limit != LIMITS[0][0]:
        yield limit, _("The limit before this one comes first.")
    elif before is not None and said[0] >= before[0]:
        yield limit, _("It lies below the limit before it.")
    elif before is not None and said[1] <= before[1]:
        yield share, _("It is more than what goes back at the limit before.")


def _whole(value: Decimal | None, places: int) -> int | None:
    return None if value is None else _scaled(value, places)


def _scaled(value: Decimal | None, places: int) -> int:
    return 0 if value is None else int(value.scaleb(places))


@page(*READERS)
def level_evaluations(request: PortalRequest) -> HttpResponseBase:
    """Show what contracts measured of their service levels, and what went back."""
    links = [
        desk.Link(_("Deliveries of compute"), reverse("portal:deliveries"), "server-2"),
        desk.Link(_("Adjustments"), reverse("portal:adjustments"), "scale"),
    ]
    if request.actor.has_role(Role.PROVIDER, Role.OPERATOR, Role.AUDITOR):
        stops = reverse("portal:listing-stops")
        links.append(desk.Link(_("Listings below"), stops, "alert-triangle"))
    head = desk.Head(
        _("Service levels"),
        _("Counted when a month of a contract is over; what is missed goes back without a claim."),
        links=links,
    )
    table = LEVEL_EVALUATIONS.read(request, Queried(level_selectors.evaluations(request.actor)))
    empty = desk.Empty(
        _("Nothing was counted yet"),
        _("Months of contracts whose listing promises a service level stand here."),
        "gauge",
    )
    return desk.show(request, head, [desk.Listed(table, empty)])


@page(*READERS)
def level_evaluation(request: PortalRequest, level_evaluation_id: UUID) -> HttpResponse:
    """Show why something went back, or nothing: the worked calculation of a month."""
    found = level_selectors.evaluation(level_evaluation_id, actor=request.actor)
    state = level_words.level_tag(found)
    order_id = found.month.contract.order_id
    head = desk.Head(
        _("Why this credit? %(contract)s, %(month)s")
        % {"contract": found.contract_number, "month": f"{found.month.month:%Y-%m}"},
        level_words.missed_words(found.missed),
        crumbs=[(_("Service levels"), reverse("portal:level-evaluations"))],
        links=[
            desk.Link(_("Document"), reverse("portal:level-document", args=[found.pk]), "download"),
            desk.Link(_("Script that recounts it"), reverse("portal:level-script"), "download"),
            desk.Link(_("The order"), reverse("portal:order", args=[order_id]), "receipt"),
        ],
        tags=[desk.Cell(state.label, tone=state.tone, symbol=state.icon)],
    )
    steps = desk.Steps(_("How it was counted"), level_words.calculation(found.document))
    blocks: list[Any] = [steps, level_words.times_sheet(found.document), _facts(found)]
    revisions = level_selectors.revisions_of(found)
    return desk.show(request, head, [*blocks, _moves(revisions)])


def _facts(found: Any) -> desk.Facts:
    promise = " ".join(level_words.promise_lines(promise_of(found.month.level)))
    ready = found.ready_seconds
    response = found.response_bp
    return desk.Facts(
        _("What was measured"),
        [
            (_("Promised"), desk.Cell(promise)),
            (_("Provider"), desk.Cell(names.named(found.provider))),
            (_("Buyer"), desk.Cell(names.named(found.buyer))),
            (
                _("Listing"),
                desk.Cell(
                    found.listing.number,
                    address=reverse("portal:listing", args=[found.listing_id]),
                ),
            ),
            (_("From"), desk.Cell(figures.moment(found.starts_at))),
            (_("Until"), desk.Cell(figures.moment(found.ends_at))),
            (_("Availability"), desk.Cell(level_words.percent(found.availability_ppm))),
            (_("Network"), desk.Cell(level_words.percent(found.network_ppm))),
            (
                _("Time to ready"),
                desk.Cell("–" if ready is None else figures.short_duration(ready)),
            ),
            (_("Response"), desk.Cell("–" if response is None else level_words.share(response))),
            (_("Charged"), desk.Cell(level_words.money_of(found.charged))),
            (_("Rule"), rule_cell(found.rule)),
            (_("Content hash"), desk.Cell(found.content_hash, is_code=True)),
        ],
    )


def _moves(revisions: list[Any]) -> desk.Sheet:
    columns = [
        desk.Column(_("Revision"), desk.NUMBER),
        desk.Column(_("When")),
        desk.Column(_("Availability"), desk.NUMBER),
        desk.Column(_("Comes to"), desk.NUMBER),
        desk.Column(_("Moved")),
    ]
    rows = [
        [
            desk.Cell(
                str(each.revision), address=reverse("portal:level-evaluation", args=[each.pk])
            ),
            desk.Cell(figures.moment(each.evaluated_at)),
            desk.Cell(level_words.percent(each.availability_ppm)),
            desk.Cell(level_words.money_of(each.credits)),
            desk.Cell(
                links=[
                    desk.Link(
                        level_words.money_of({move.asset: move.signed_minor}),
                        reverse("portal:adjustment", args=[move.pk]),
                    )
                    for move in each.given_back.all()
                ]
            ),
        ]
        for each in revisions
    ]
    empty = desk.Empty(_("Nothing was counted yet"), "", "gauge")
    return desk.Sheet(_("Each time it was counted"), columns, rows, empty)


@page(*READERS)
def level_document(request: PortalRequest, level_evaluation_id: UUID) -> HttpResponse:
    """Give the document of an evaluation, as the script reads it."""
    found = level_selectors.evaluation(level_evaluation_id, actor=request.actor)
    body = canonical_json(found.document | {"content_hash": found.content_hash})
    answer = HttpResponse(body, content_type="application/json; charset=utf-8")
    name = f"{found.contract_number}-{found.month.month:%Y-%m}-{found.revision}.json"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@page(*READERS)
def level_script(request: PortalRequest) -> HttpResponse:  # noqa: ARG001 - Django's form
    """Give the script that recounts a document."""
    text = SCRIPT.read_text(encoding="utf-8")
    answer = HttpResponse(text, content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{SCRIPT.name}"'
    return answer


@page()
@require_http_methods(["GET", "POST"])
@once
def listing_level(request: PortalRequest, listing_id: UUID) -> HttpResponse:
    """Show the service level of a listing with its versions; its provider publishes the next."""
    found = catalog_selectors.listing(listing_id)
    back = reverse("portal:listing", args=[found.pk])
    blocks: list[Any] = []
    shown: list[Any] = []
    is_own = found.provider_id == request.actor.organization_id
    if is_own and request.actor.has_role(Role.PROVIDER):
        form = ListingLevelForm(request.POST or None)

        def publish() -> Any:
            return assurance_services.publish_level(
                provider_id=found.provider_id,
                wish=LevelWish(found.pk, form.promise()),
                by_id=request.actor.person_id,
                now=clock.now(),
            )

        outcome = desk.attempt(request, form, publish, INPUTS)
        if outcome and outcome.counts:
            messages.success(request, _("Published; contracts keep what they were made under."))
            return redirect("portal:listing-level", found.pk)
        if outcome:
            shown.append(_preview(outcome.made))
        block = desk.FormBlock(
            form,
            _("Publish") if outcome else _("Show what it promises"),
            back,
            title=_("Next version"),
            told=_("Worse terms take effect a week after they are published."),
            symbol="check" if outcome else "search",
            seen=desk.seen_mark(request) if outcome else "",
        )
        blocks.append(block)
    elif request.method == "POST":
        raise Forbidden
    head = desk.Head(
        _("Service level of %(listing)s") % {"listing": found.number},
        names.named(found, "title"),
        crumbs=[(_("Compute market"), reverse("portal:market")), (found.number, back)],
        links=[desk.Link(_("The formula as data"), "/api/v1/service-level-rules", "api")],
    )
    return desk.show(request, head, [*shown, _formula(), _versions(found.pk)], blocks)


def _preview(made: Any) -> desk.Steps:
    """Return what a version that is not published yet would promise, and from when on."""
    lines = level_words.promise_lines(promise_of(made)) or [_("No service level is promised.")]
    told = _("For orders from %(from)s on. The version after it can begin no sooner.")
    return desk.Steps(
        _("What you are about to publish"), lines, told % {"from": figures.moment(made.starts_at)}
    )


def _formula() -> desk.Steps:
    return desk.Steps(
        _("The formula level-1"),
        [
            _("A month is cut where anything begins or ends, and each part counts once."),
            _("Maintenance announced seven days ahead is left out."),
            _("Not reachable: the probe gets no answer while the agent says that it is well."),
            _("Down: interrupted, or said to be down by the agent and not seen up by the probe."),
            _("Availability = (counted − down − 1.5 × not reachable + 10 minutes) / counted."),
            _("The largest credit of the missed targets goes back, of what the month was charged."),
            _("What vouchers paid goes back to the vouchers; the rest is money."),
        ],
    )


def _versions(listing_id: UUID) -> desk.Sheet:
    columns = [
        desk.Column(_("Version"), desk.NUMBER),
        desk.Column(_("From")),
        desk.Column(_("Promised")),
        desk.Column(_("Rule")),
    ]
    rows = [
        [
            desk.Cell(str(each.version)),
            desk.Cell(figures.moment(each.starts_at)),
            desk.Cell(" ".join(level_words.promise_lines(promise_of(each))) or "–"),
            rule_cell(each.rule),
        ]
        for each in level_selectors.levels_of(listing_id)
    ]
    empty = desk.Empty(
        _("No service level is promised."), _("Its provider may publish one."), "gauge"
    )
    return desk.Sheet(_("Versions"), columns, rows, empty)

"""Deliveries: the provider's inbox, one delivery with its history, and the market's policy."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Forbidden
from identity.approvals.contracts import Person
from identity.contracts import Role
from marketplace.assurance import desk_selectors as assurance_desk
from marketplace.assurance.dispute_contracts import DisputeSubject
from marketplace.drivers import selectors as drivers_selectors
from marketplace.fulfilment import maintenance_selectors as fulfilment_maintenance
from marketplace.fulfilment import rules as fulfilment_rules
from marketplace.fulfilment import selectors as fulfilment_selectors
from marketplace.fulfilment import services as fulfilment_services
from marketplace.fulfilment import talk_selectors as fulfilment_talk
from marketplace.fulfilment.contracts import (
    DETAIL_LENGTH_MAX,
    EXIT_CODE_MAX,
    LOG_TAIL_MAX,
    PROVIDERS_MOVES,
    PROVIDERS_REASONS,
    REASONS_OF,
    RESULT_LENGTH_MAX,
    DeliveryMove,
    FulfilmentState,
    PolicyMode,
    WorkLeft,
)
from marketplace.fulfilment.talk_contracts import TalkSide
from marketplace.portal import (
    access_words,
    delivery_words,
    desk,
    driver_words,
    figures,
    level_words,
    maintenance_words,
    names,
    preemption_words,
)
from marketplace.portal.access import PortalRequest, page
from marketplace.portal.delivered_rule_words import rule_cell
from marketplace.portal.forms import OnceForm, WholeField
from marketplace.portal.lists.deliveries import BUYERS_DELIVERIES, DELIVERIES, with_access
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.portal.talk_links import messages_link
from marketplace.portal.views.delivery_endings import preemption_block, stop_block
from marketplace.portal.views.dispute_opening import dispute_link
from marketplace.settlement import selectors as settlement_selectors
from marketplace.settlement.contracts import ContractState

READERS: Final = (Role.BUYER, Role.PROVIDER, Role.OPERATOR, Role.AUDITOR)
SOURCE_LENGTH_MAX: Final = 500
MOVED_ON: Final = gettext_lazy(
    "This cannot happen where the delivery stands now: perhaps it was said already, here or in"
    " another window."
)


class MoveForm(OnceForm):
    """What the provider says of a delivery."""

    move = forms.ChoiceField(
        label=gettext_lazy("What happened"),
        error_messages={"invalid_choice": MOVED_ON},
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        required=False,
        help_text=gettext_lazy("Where it stops, or will not begin. The buyer reads it."),
    )
    detail = forms.CharField(
        label=gettext_lazy("Explanation"),
        required=False,
        max_length=DETAIL_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    exit_code = WholeField(
        label=gettext_lazy("Exit code"),
        required=False,
        min_value=0,
        max_value=EXIT_CODE_MAX,
        help_text=gettext_lazy("Of the job, when it exited; 0 is success."),
    )
    result_reference = forms.CharField(
        label=gettext_lazy("Result is at"), required=False, max_length=RESULT_LENGTH_MAX
    )
    log_tail = forms.CharField(
        label=gettext_lazy("End of its log"),
        required=False,
        max_length=LOG_TAIL_MAX,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy("The buyer reads it."),
    )

    def __init__(
        self, *args: Any, moves: Sequence[DeliveryMove], is_job: bool, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["move"]
        field.choices = [("", "–"), *((move.value, move.label) for move in moves)]
        fitting = {each for move in moves for each in REASONS_OF.get(move, ())}
        reasons: Any = self.fields["reason"]
        offered = [(each.value, each.label) for each in PROVIDERS_REASONS if each in fitting]
        reasons.choices = [("", "–"), *offered]
        if not offered:
            del self.fields["reason"]
        if not (is_job and DeliveryMove.EXIT in moves):
            for name in ("exit_code", "result_reference", "log_tail"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """Return what was typed; a reason that does not fit what happened is refused."""
        said = super().clean() or self.cleaned_data
        move, reason = said.get("move", ""), said.get("reason", "")
        if reason and move in REASONS_OF and reason not in REASONS_OF[DeliveryMove(move)]:
            self.add_error("reason", gettext_lazy("This reason does not fit what happened."))
        return said

    def left(self) -> WorkLeft | None:
        """Return what a job left behind; none where nothing is said of it."""
        if "exit_code" not in self.fields:
            return None
        said = self.cleaned_data
        return WorkLeft(said["exit_code"], said["result_reference"], said["log_tail"])


class PolicyForm(OnceForm):
    """The next policy."""

    mode = forms.ChoiceField(label=gettext_lazy("Charged"), choices=PolicyMode.choices)
    source = forms.CharField(
        label=gettext_lazy("Source"),
        max_length=SOURCE_LENGTH_MAX,
        help_text=gettext_lazy("Where it was decided and announced."),
    )


@page(*READERS)
def deliveries(request: PortalRequest) -> HttpResponseBase:
    """Show what is to be delivered, by whom, and where that stands."""
    is_buyers = request.actor.has_role(Role.BUYER) and not request.actor.has_role(Role.PROVIDER)
    head = desk.Head(
        _("Deliveries of compute"),
        _("What cleared and is to run. Nothing is charged for time in which it does not."),
        links=_links(request),
    )
    found = fulfilment_selectors.deliveries_for(request.actor)
    if is_buyers:
        source = Queried(found.select_related("buyer", "provider", "order__listing"))
        table = BUYERS_DELIVERIES.read(request, source, dress=with_access)
    else:
        table = DELIVERIES.read(request, Queried(found))
    empty = desk.Empty(
        _("No deliveries"),
        _("Orders that clear while the policy asks for readiness stand here."),
        "server-2",
    )
    return desk.show(request, head, [desk.Listed(table, empty)])


def _desk(request: PortalRequest) -> list[desk.Link]:
    """Return where what waits stands, with how much that is, and where the calendar does."""
    actor, address = request.actor, reverse("portal:due-desk")
    if actor.has_role(Role.OPERATOR, Role.AUDITOR):
        return [desk.Link(_("Desk"), address, "list-details", "primary")]
    if not actor.has_role(Role.PROVIDER):
        return []
    count = assurance_desk.desk_count(actor.organization_id, now=clock.now())
    label = _("Desk (%(count)s)") % {"count": count} if count else _("Desk")
    return [
        desk.Link(label, address, "list-details", "primary"),
        desk.Link(_("Calendar"), reverse("portal:capacity-calendar"), "table"),
    ]


def _links(request: PortalRequest) -> list[desk.Link]:
    links = [
        *_desk(request),
        *messages_link(request),
        desk.Link(_("Service levels"), reverse("portal:level-evaluations"), "gauge"),
        desk.Link(_("Policy"), reverse("portal:delivery-policies"), "file-text"),
        desk.Link(_("Jobs"), reverse("portal:batch-jobs"), "list-details"),
        desk.Link(_("Disputes"), reverse("portal:disputes"), "receipt"),
    ]
    if request.actor.has_role(Role.BUYER) and not request.actor.has_role(Role.PROVIDER):
        links.append(desk.Link(_("Calendar"), reverse("portal:capacity-calendar"), "table"))
    if request.actor.has_role(Role.BUYER):
        links.insert(0, desk.Link(_("Access keys"), reverse("portal:access-keys"), "key"))
    if request.actor.has_role(Role.OPERATOR, Role.AUDITOR):
        links.append(desk.Link(_("Late"), reverse("portal:deliveries-late"), "alert-triangle"))
    if request.actor.has_role(Role.PROVIDER):
        links.append(desk.Link(_("Drivers"), reverse("portal:drivers"), "server-2"))
    if request.actor.has_role(Role.PROVIDER, Role.OPERATOR, Role.AUDITOR):
        links.append(
            desk.Link(_("Maintenance"), reverse("portal:maintenance"), "adjustments-horizontal")
        )
    return links


@page(*READERS)
@require_http_methods(["GET", "POST"])
@once
def delivery(request: PortalRequest, order_delivery_id: UUID) -> HttpResponse:
    """Show one delivery; its provider says what happened, its buyer that it runs."""
    found = fulfilment_selectors.delivery(order_delivery_id, actor=request.actor)
    blocks: list[Any] = []
    answer = (
        _providers(request, found, blocks)
        or _buyers(request, found, blocks)
        or preemption_block(request, found, blocks)
        or stop_block(request, found, blocks)
    )
    if answer is not None:
        return answer
    now = clock.now()
    state = delivery_words.tag(found)
    head = desk.Head(
        _("Delivery of %(order)s") % {"order": found.order_number},
        delivery_words.told(found, now=now),
        crumbs=[(_("Deliveries of compute"), reverse("portal:deliveries"))],
        links=[
            *_talk(request, found),
            desk.Link(_("Access"), reverse("portal:delivery-access", args=[found.pk]), "key"),
            desk.Link(_("The order"), reverse("portal:order", args=[found.order_id]), "receipt"),
            *_disputing(request, found),
        ],
        tags=[desk.Cell(state.label, tone=state.tone, symbol=state.icon)],
    )
    shown: list[Any] = [*_ending(found, now), *_maintained(found, now)]
    shown += _keyless(found, request.actor.organization_id)
    is_providers = found.provider_id == request.actor.organization_id
    shown += [
        _facts(found),
        _runs(found),
        *driver_words.job(found.order_id),
        *driver_words.course(found.pk, is_providers=is_providers),
        *level_words.order_blocks(found.order_id),
        _history(found),
    ]
    return desk.show(request, head, shown, blocks)


def _ending(found: Any, now: datetime) -> list[desk.Note]:
    """Return how it ends, or may end, before its time."""
    return preemption_words.ending_notes(
        found,
        fulfilment_selectors.preemption_of(found.pk),
        fulfilment_selectors.stop_of(found.pk),
        is_over=found.state in fulfilment_rules.OVER,
        now=now,
    )


def _keyless(found: Any, own: UUID) -> list[desk.Note]:
    """Return that access waits for a key; a job needs none, unless its provider waits for one."""
    if found.is_access_asked or found.state in fulfilment_rules.OVER:
        return []
    if found.key_wanted_at is None and drivers_selectors.job_of(found.order_id) is not None:
        return []
    return access_words.key_notes(found, is_asked=found.is_access_asked, own=own)


def _maintained(found: Any, now: datetime) -> list[desk.Note]:
    """Return what maintenance is announced of what runs, in the time of the delivery."""
    listing_id = found.order.listing_id
    if listing_id is None or found.state in fulfilment_rules.OVER:
        return []
    works = fulfilment_maintenance.maintenance_to_come(listing_id, now=now)
    return maintenance_words.maintenance_notes(
        each for each in works if each.starts_at < found.leaves_at
    )


def _talk(request: PortalRequest, found: Any) -> list[desk.Link]:
    """Return where its two parties talk, and how much one of them has not read yet."""
    own = request.actor.organization_id
    is_party = own in (found.buyer_id, found.provider_id)
    if not (is_party and request.actor.has_role(Role.BUYER, Role.PROVIDER)):
        return []
    side = TalkSide.BUYER if own == found.buyer_id else TalkSide.PROVIDER
    unread = fulfilment_talk.unread_of(found.order_id, side)
    label = _("Conversation")
    if unread:
        label = _("Conversation (%(count)s unread)") % {"count": unread}
    return [desk.Link(label, reverse("portal:order-talk", args=[found.order_id]), "mail")]


def _disputing(request: PortalRequest, found: Any) -> list[desk.Link]:
    """Return where its buyer disputes it, once something may have been charged."""
    is_own = found.buyer_id == request.actor.organization_id
    if not (is_own and request.actor.has_role(Role.BUYER)) or found.ready_at is None:
        return []
    if found.exited_at is not None and found.exited_at <= found.starts_at:
        return []  # It has no contract.
    if found.state in fulfilment_rules.OVER and _is_free(found.order_id):
        return []
    return [dispute_link(found.order_id, DisputeSubject.DELIVERY, found.pk)]


def _is_free(order_id: UUID) -> bool:
    """Return whether an order was settled for nothing: there is nothing to want back."""
    contract = settlement_selectors.contract_of_order(order_id)
    if contract is None or contract.state != ContractState.SETTLED:
        return False
    return not contract.gross_minor


def _providers(request: PortalRequest, found: Any, blocks: list[Any]) -> HttpResponse | None:
    """Add what the provider may say; carry it out where it was sent."""
    is_own = found.provider_id == request.actor.organization_id
    if not (is_own and request.actor.has_role(Role.PROVIDER)):
        return None
    possible = fulfilment_rules.possible(FulfilmentState(found.state))
    moves = [move for move in possible if move in PROVIDERS_MOVES]
    if found.wiped_at is not None:
        moves = []
    if not moves:
        if "move" in request.POST:
            messages.warning(request, MOVED_ON)
        return None
    form = MoveForm(
        request.POST if "move" in request.POST else None,
        moves=moves,
        is_job=drivers_selectors.job_of(found.order_id) is not None,
    )
    if (
        form.is_bound
        and form.is_valid()
        and desk.is_done(form, partial(_say, request, found, form))
    ):
        messages.success(request, _("It counts from this moment on, and the buyer is told."))
        return redirect("portal:delivery", found.pk)
    told = _("What is charged follows from the moment at which the market hears it.")
    blocks.append(desk.FormBlock(form, _("Say so"), title=_("What happened"), told=told))
    return None


def _buyers(request: PortalRequest, found: Any, blocks: list[Any]) -> HttpResponse | None:
    """Add the buyer's confirmation; note it where it was sent."""
    is_own = found.buyer_id == request.actor.organization_id
    if not (is_own and request.actor.has_role(Role.BUYER)):
        return None
    if found.state != FulfilmentState.RUNNING or found.confirmed_at is not None:
        return None
    form = OnceForm(request.POST if "key" in request.POST else None)

    def confirm() -> object:
        return fulfilment_services.confirm(
            delivery_id=found.pk, buyer_id=request.actor.organization_id, now=clock.now()
        )

    if form.is_bound and form.is_valid() and desk.is_done(form, confirm):
        messages.success(request, _("Noted: it is in operation."))
        return redirect("portal:delivery", found.pk)
    told = _("Use is charged by readings alone; your word only says that you found it running.")
    blocks.append(desk.FormBlock(form, _("It runs"), title=_("Does it run?"), told=told))
    return None


def _say(request: PortalRequest, found: Any, form: MoveForm) -> object:
    said = form.values()
    return fulfilment_services.report(
        delivery_id=found.pk,
        provider_id=request.actor.organization_id,
        move=DeliveryMove(said["move"]),
        reason=said.get("reason", ""),
        detail=said["detail"],
        left=form.left(),
        lets_in=drivers_selectors.job_of(found.order_id) is None,
        by_id=request.actor.person_id,
        now=clock.now(),
    )


def _facts(found: Any) -> desk.Facts:
    pairs: list[tuple[Any, desk.Cell]] = [
        (_("Provider"), desk.Cell(names.named(found.provider))),
        (_("Buyer"), desk.Cell(names.named(found.buyer))),
        (_("Start"), desk.Cell(figures.moment(found.starts_at))),
        (_("End"), desk.Cell(figures.moment(found.ends_at))),
        (_("Provider asked"), desk.Cell(figures.moment(found.opened_at))),
        (_("Ready by"), desk.Cell(figures.moment(found.ready_by))),
    ]
    if found.answer_by is not None:
        pairs.insert(-1, (_("Answer by"), desk.Cell(figures.moment(found.answer_by))))
    if found.ready_at is not None:
        pairs.append((_("First ready at"), desk.Cell(figures.moment(found.ready_at))))
    if found.reason:
        pairs.append((_("Reason"), desk.Cell(delivery_words.reason(found.reason))))
    if found.preemption_minutes is not None:
        notice = _("%(minutes)s min notice") % {"minutes": found.preemption_minutes}
        pairs.append(
            (
                _("Preemptible"),
                desk.Cell(
                    notice, note=found.preemption_rule, address=reverse("portal:delivery-rules")
                ),
            )
        )
    pairs.append((_("Rule"), rule_cell(found.rule)))
    return desk.Facts(_("What was agreed on"), pairs)


def _runs(found: Any) -> desk.Sheet:
    columns = [desk.Column(_("From")), desk.Column(_("Until")), desk.Column(_("Length"))]
    rows = [
        [
            desk.Cell(figures.moment(run.starts_at)),
            desk.Cell(figures.moment(run.ends_at) if run.ends_at else _("still running")),
            desk.Cell(
                figures.duration(int((run.ends_at - run.starts_at).total_seconds()))
                if run.ends_at
                else "–"
            ),
        ]
        for run in fulfilment_selectors.runs_of(found.pk)
    ]
    empty = desk.Empty(
        _("It did not run yet"), _("Only time that stands here is charged."), "gauge"
    )
    return desk.Sheet(_("In operation"), columns, rows, empty)


def _noted(step: Any) -> list[str]:
    """Return why a step was taken, and what a job left behind at it."""
    return [
        delivery_words.reason(step.reason),
        step.detail,
        str(driver_words.result(step.exit_code).text) if step.exit_code is not None else "",
        step.result_reference,
    ]


def _history(found: Any) -> desk.Sheet:
    columns = [
        desk.Column(_("When")),
        desk.Column(_("What happened")),
        desk.Column(_("State after it")),
        desk.Column(_("By")),
    ]
    rows = [
        [
            desk.Cell(figures.moment(step.at)),
            desk.Cell(
                step.get_move_display(),
                note=" · ".join(part for part in _noted(step) if part),
            ),
            desk.Cell(step.get_state_display()),
            desk.Cell(delivery_words.by(step)),
        ]
        for step in fulfilment_selectors.steps_of(found.pk)
    ]
    empty = desk.Empty(_("Nothing yet"), _("What the provider says stands here."), "list-details")
    return desk.Sheet(_("History"), columns, rows, empty)


@page()
@require_http_methods(["GET", "POST"])
@once
def delivery_policies(request: PortalRequest) -> HttpResponse:
    """Show from when on orders are charged; an operator proposes another policy."""
    may_propose = request.actor.has_role(Role.OPERATOR)
    if request.method == "POST" and not may_propose:
        raise Forbidden
    side = []
    if may_propose:
        form = PolicyForm(request.POST or None)
        if (
            form.is_bound
            and form.is_valid()
            and desk.is_done(form, partial(_propose, request, form))
        ):
            messages.info(request, _("The policy waits until another operator approves it."))
            return redirect("portal:delivery-policies")
        told = _("The first takes effect once approved; each other one a week after that.")
        side = [desk.FormBlock(form, _("Propose"), title=_("Another policy"), told=told)]
    crumbs = []
    if request.actor.has_role(*READERS):
        crumbs.append((_("Deliveries of compute"), reverse("portal:deliveries")))
    return _policies_page(request, crumbs, side)


def public_policies(request: Any) -> HttpResponse:
    """Show to everybody from when on orders are charged."""
    return _policies_page(request, [(_("Compute market"), reverse("portal:market"))], [])


def _policies_page(request: Any, crumbs: list[Any], side: list[desk.FormBlock]) -> HttpResponse:
    found = fulfilment_selectors.policies()
    in_force = fulfilment_selectors.policy_at(found, clock.now())
    mode = in_force.mode if in_force else PolicyMode.BY_CLOCK
    rule = in_force.rule if in_force else fulfilment_rules.DELIVERIES.newest
    told = delivery_words.policy_told(mode, rule)
    links = [desk.Link(_("Rules of deliveries"), reverse("portal:delivery-rules"), "file-text")]
    head = desk.Head(_("From when on orders are charged"), told, crumbs=crumbs, links=links)
    return desk.show(request, head, [_versions(found, in_force)], side)


def _versions(found: Sequence[Any], in_force: Any) -> desk.Sheet:
    columns = [
        desk.Column(_("Version")),
        desk.Column(_("Charged")),
        desk.Column(_("Holds from")),
        desk.Column(_("Source")),
    ]
    rows = [
        [
            desk.Cell(f"v{each.version}", note=_("in force") if each == in_force else ""),
            desk.Cell(each.get_mode_display(), note=each.rule),
            desk.Cell(figures.moment(each.starts_at)),
            desk.Cell(each.source),
        ]
        for each in found
    ]
    empty = desk.Empty(
        _("No policy was published"),
        _("Until one is, orders are charged from their start, by what is measured."),
        "file-text",
    )
    return desk.Sheet(_("Policies"), columns, rows, empty)


def _propose(request: PortalRequest, form: PolicyForm) -> object:
    said = form.values()
    return fulfilment_services.propose_policy(
        mode=said["mode"],
        starts_at=None,
        source=said["source"],
        by=Person(request.actor.person_id, request.actor.organization_id),
        now=clock.now(),
    )

"""What takes two people: the proposals that wait, and the page on which one is decided."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from common import clock
from common.errors import Refusal
from identity.approvals import kinds, selectors, services
from identity.approvals.contracts import READERS, REASON_LENGTH_MAX, Person, ProposalState
from identity.approvals.rows import NamedPersonRow, ProposalRow
from identity.contracts import Actor, Role
from marketplace.portal import names, proposals
from marketplace.portal.access import PortalRequest, address_if_open, page
from marketplace.portal.forms import OnceForm, show_refusal
from marketplace.portal.lists.answering import DECIDED_PROPOSALS, PROPOSALS, ListedProposal
from marketplace.portal.once import once
from marketplace.portal.tables import Queried

APPROVE, REFUSE, WITHDRAW = "APPROVE", "REFUSE", "WITHDRAW"
TO_OTHERS: Final = ((APPROVE, gettext_lazy("Approve")), (REFUSE, gettext_lazy("Refuse")))
TO_ONESELF: Final = ((WITHDRAW, gettext_lazy("Withdraw")),)
TO_DECIDE, MINE, WAITING, DECIDED = "to-decide", "mine", "waiting", "decided"
TABS: Final = {
    TO_DECIDE: gettext_lazy("To decide"),
    MINE: gettext_lazy("My proposals"),
    WAITING: gettext_lazy("All that wait"),
    DECIDED: gettext_lazy("Decided"),
}


class ProposalDecisionForm(OnceForm):
    """What a second person decides about the content that was read, and why."""

    decision = forms.ChoiceField(label=gettext_lazy("Decision"), widget=forms.RadioSelect)
    note = forms.CharField(
        label=gettext_lazy("Reason, needed if you refuse or withdraw"),
        max_length=REASON_LENGTH_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    content_hash = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, proposal: ProposalRow, is_own: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["decision"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = TO_ONESELF if is_own else TO_OTHERS
        self.initial["content_hash"] = proposal.content_hash
        if is_own:
            self.initial.setdefault("decision", WITHDRAW)


@page(*sorted(READERS))
@require_http_methods(["GET", "POST"])
def approvals(request: PortalRequest) -> HttpResponseBase:
    """Show what waits for this person, what they proposed, and what was decided."""
    now, actor = clock.now(), request.actor
    lists: dict[str, Callable[[], QuerySet[Any]]] = {
        TO_DECIDE: lambda: selectors.to_decide(actor, at=now),
        MINE: lambda: selectors.made_by(actor),
        WAITING: lambda: selectors.visible_waiting(actor, at=now),
        DECIDED: lambda: selectors.decided(actor),
    }
    first = TO_DECIDE if actor.has_role(*READERS - {Role.AUDITOR}) else WAITING
    wanted = request.GET.get("show", first)
    tab = wanted if wanted in lists else first
    context = {
        "tab": tab,
        "tabs": [(name, label, f"?show={name}") for name, label in TABS.items()],
        "waiting": selectors.to_decide(actor, at=now).count(),
        "limits": address_if_open(actor, "approval-limits"),
    }

    def listed(found: Sequence[ProposalRow]) -> list[ListedProposal]:
        labels = proposals.labels_of(found)
        return [_row(each, actor, labels[each.pk], at=now) for each in found]

    declared = DECIDED_PROPOSALS if tab == DECIDED else PROPOSALS
    table = declared.read(request, Queried(lists[tab]()), dress=listed)
    return table.answer("portal/approvals.html", context)


@page(*sorted(READERS))
@require_http_methods(["GET", "POST"])
@once
def approval(request: PortalRequest, proposal_id: UUID) -> HttpResponse:
    """Show a proposal as it reads, and approve, refuse or withdraw it."""
    now, actor = clock.now(), request.actor
    found = selectors.proposal(proposal_id, actor=actor)
    is_own = found.proposed_by_id == actor.person_id
    form = ProposalDecisionForm(request.POST or None, proposal=found, is_own=is_own)
    if request.method == "POST" and form.is_valid():
        try:
            _decide(found, form, actor, now=now)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            told = {"kind": kinds.kind(found.kind).label, "label": proposals.label_of(found)}
            messages.success(request, _said(form.cleaned_data["decision"]) % told)
            return redirect("portal:approvals")
    context = _page(found, actor, at=now) | {"form": form, "is_own": is_own}
    return render(request, "portal/approval.html", context, status=422 if form.errors else 200)


def _decide(found: ProposalRow, form: ProposalDecisionForm, actor: Actor, *, now: datetime) -> None:
    decision, note = form.cleaned_data["decision"], form.cleaned_data["note"]
    by = Person(actor.person_id, actor.organization_id)
    if decision == APPROVE:
        seen = form.cleaned_data["content_hash"]
        kinds.approve(found.pk, actor=actor, content_hash=seen, note=note, now=now)
    elif decision == REFUSE:
        found = selectors.proposal_of_desk(found.pk, actor=actor)
        services.refuse(proposal_id=found.pk, by=by, reason=note, now=now)
    else:
        services.withdraw(proposal_id=found.pk, by=by, reason=note, now=now)


def _page(found: ProposalRow, actor: Actor, *, at: datetime) -> dict[str, Any]:
    is_open = found.state == ProposalState.PROPOSED and found.expires_at > at
    kind = kinds.kind(found.kind)
    lines = proposals.lines_of(found.kind, found.content, is_open=is_open, at=at)
    return {
        "row": _row(found, actor, proposals.label_of(found), at=at),
        "kind": kind.label,
        "consequence": kind.consequence,
        "lines": lines,
        "compares": any(line.now for line in lines),
        "is_open": is_open,
        "may_decide": selectors.is_of_desk(found, actor),
        "role": Role(found.role).label,
        "reason": found.reason,
        "note": found.note,
        "content_hash": found.content_hash,
        "organization": names.named(found.proposed_for),
    }


def _row(found: ProposalRow, actor: Actor, label: str, *, at: datetime) -> ListedProposal:
    state = ProposalState(found.state)
    if state == ProposalState.PROPOSED and found.expires_at <= at:
        state = ProposalState.EXPIRED  # Nobody has swept it yet.
    return ListedProposal(
        id=found.pk,
        kind=str(kinds.kind(found.kind).label),
        label=label,
        amount_minor=found.amount_minor,
        by=_called(found.proposed_by),
        proposed_at=found.proposed_at,
        expires_at=found.expires_at,
        state=state,
        state_label=str(state.label),
        decided_by="" if found.decided_by is None else _called(found.decided_by),
        decided_at=found.decided_at,
        is_mine_to_decide=state == ProposalState.PROPOSED
        and found.proposed_by_id != actor.person_id
        and selectors.is_of_desk(found, actor),
    )


def _called(person: NamedPersonRow) -> str:
    return str(person.name or person.email)


def _said(decision: str) -> str:
    told: dict[str, str | Promise] = {
        APPROVE: _("%(kind)s %(label)s is approved and carried out."),
        REFUSE: _("%(kind)s %(label)s is refused."),
        WITHDRAW: _("%(kind)s %(label)s is withdrawn."),
    }
    return str(told[decision])

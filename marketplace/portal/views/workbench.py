"""The policy workbench: rules tried on last year's trades, two versions side by side."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common import clock
from identity.contracts import Role
from marketplace.policy import selectors as policy_selectors
from marketplace.policy import services as policy_services
from marketplace.policy.contracts import WorkbenchBasis, WorkbenchState
from marketplace.portal import desk, drawing, figures, policy_words, workbench_form
from marketplace.portal.access import PortalRequest, form_only, page
from marketplace.portal.homes import days as home_days
from marketplace.portal.lists.policy import POLICY_PARTIES, POLICY_RUNS
from marketplace.portal.once import once
from marketplace.portal.tables import Queried
from marketplace.portal.workbench_form import WorkbenchForm

READERS: Final = (Role.ISSUER, Role.AUDITOR, Role.OPERATOR, Role.FINANCE)
MOVING: Final = (WorkbenchState.QUEUED, WorkbenchState.RUNNING)
AFTER, BEFORE = "after", "before"


def _crumbs() -> list[tuple[str, str]]:
    return [
        (_("Programmes"), reverse("portal:programmes")),
        (_("Workbench"), reverse("portal:workbench")),
    ]


@page(*READERS)
def runs(request: PortalRequest) -> HttpResponse:
    """Show an issuer its runs, and the others what was published."""
    is_issuer = request.actor.has_role(Role.ISSUER)
    mine = policy_selectors.runs_of(request.actor.organization_id)
    found = mine if is_issuer else policy_selectors.published_runs()
    new = desk.Link(_("New run"), reverse("portal:workbench-new"), "plus", "primary")
    head = desk.Head(
        _("Policy workbench"),
        _("What rules would have paid on the trades of a period, before they are published."),
        crumbs=_crumbs()[:1],
        links=[new] if is_issuer else [],
    )
    told = _("Try a draft, or the rules in force, on the trades of the last year.")
    empty = desk.Empty(_("No runs yet"), told, "calculator", new if is_issuer else None)
    return desk.show(request, head, [desk.Listed(POLICY_RUNS.read(request, Queried(found)), empty)])


@page(Role.ISSUER)
@require_http_methods(["GET", "POST"])
@once
def new_run(request: PortalRequest) -> HttpResponse:
    """Ask for a run."""
    chosen = {"source": str(request.GET.get("source", ""))[:80]}
    form = WorkbenchForm(
        request.POST or None,
        issuer_id=request.actor.organization_id,
        now=clock.now(),
        initial=chosen if chosen["source"] else {},
    )
    made: list[Any] = []

    def ask() -> None:
        run = policy_services.request_run(actor=request.actor, wish=form.wish(), now=clock.now())
        made.append(run)

    is_made = request.method == "POST" and form.is_valid()
    if is_made and desk.is_done(form, ask, workbench_form.FIELDS):
        return redirect("portal:workbench-run", made[0].pk)
    head = desk.Head(
        _("New run"),
        _("Rules are decided again on sealed trades and applications; nothing is changed."),
        crumbs=_crumbs(),
    )
    block = desk.FormBlock(
        form,
        _("Run it"),
        reverse("portal:workbench"),
        workbench_form.SECTIONS,
        symbol="calculator",
    )
    return desk.show(request, head, [block])


@page(*READERS)
def run(request: PortalRequest, policy_run_id: UUID) -> HttpResponse:
    """Show how far a run is, and what it came to."""
    found = policy_selectors.run_of(
        run_id=policy_run_id, organization_id=request.actor.organization_id
    )
    is_own = found.organization_id == request.actor.organization_id
    head = desk.Head(
        found.title,
        _answer(found),
        crumbs=_crumbs(),
        links=_acts(found, is_own=is_own),
        tags=[_tag(found)],
    )
    main: list[Any] = [_moving(found)] if found.state in MOVING else []
    if found.state == WorkbenchState.FAILED:
        main.append(desk.Note(_("The run failed: %(why)s.") % {"why": found.failure}, "bad"))
    if found.result is not None:
        main += _outcome(found)
        if is_own:
            main.append(_parties(request, found))
    return desk.show(request, head, main, [_asked(found), *_published(found, is_own=is_own)])


@page(*READERS)
def progress(request: PortalRequest, policy_run_id: UUID) -> HttpResponse:
    """Answer how far a run is; when it is over the page is asked for anew."""
    found = policy_selectors.run_of(
        run_id=policy_run_id, organization_id=request.actor.organization_id
    )
    response = render(request, "portal/desk/moving.html", {"block": _moving(found)})
    if found.state not in MOVING:
        response["HX-Refresh"] = "true"
    return response


@page(Role.ISSUER)
@form_only
def cancel(request: PortalRequest, policy_run_id: UUID) -> HttpResponse:
    """Give up a run."""
    policy_services.cancel_run(
        run_id=policy_run_id, organization_id=request.actor.organization_id, now=clock.now()
    )
    messages.success(request, _("The run is cancelled."))
    return redirect("portal:workbench-run", policy_run_id)


@page(Role.ISSUER)
@form_only
def publish(request: PortalRequest, policy_run_id: UUID) -> HttpResponse:
    """Publish a run with its hash."""
    policy_services.publish_run(
        run_id=policy_run_id,
        organization_id=request.actor.organization_id,
        person_id=request.actor.person_id,
        now=clock.now(),
    )
    messages.success(request, _("The run is published with its hash."))
    return redirect("portal:workbench-run", policy_run_id)


@page(*READERS)
def file(request: PortalRequest, policy_run_id: UUID) -> FileResponse:
    """Send the archive: inputs, rules, result, and the script that decides them anew."""
    found, path = policy_selectors.file_of(
        run_id=policy_run_id, organization_id=request.actor.organization_id
    )
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{found.number}.zip")


# --- Parts ------------------------------------------------------------------------------------
def _tag(found: Any) -> desk.Cell:
    tag = policy_words.tag_of_run(found)
    return desk.Cell(tag.label, tone=tag.tone, symbol=tag.icon)


def _answer(found: Any) -> str:
    """Return the sentence that is the answer."""
    if found.result is None:
        return f"{found.number} · {found.code}"
    after = found.result["versions"][AFTER]
    told = _("%(used)s would have been paid to %(count)s enterprises; %(left)s would be left.") % {
        "used": figures.money(after["used_minor"]),
        "count": figures.grouped(after["supported"]),
        "left": figures.money(after["left_minor"]),
    }
    return f"{found.number} · {found.code} · {told}"


def _acts(found: Any, *, is_own: bool) -> list[desk.Link]:
    if found.state != WorkbenchState.READY:
        return []
    path = reverse("portal:workbench-file", args=[found.pk])
    again = desk.Link(_("Another run"), reverse("portal:workbench-new"), "plus")
    proof = desk.Link(_("File that proves it"), path, "download", "primary")
    return [*([again] if is_own else []), proof]


def _moving(found: Any) -> desk.Moving:
    told = _("%(done)s of about %(all)s rows are decided.") % {
        "done": figures.grouped(found.progress_rows),
        "all": figures.grouped(found.estimated_rows),
    }
    address = reverse("portal:workbench-progress", args=[found.pk])
    return desk.Moving(
        _("The run is decided"),
        found.progress_percent,
        told,
        address,
        reverse("portal:workbench-cancel", args=[found.pk]),
        _("Cancel the run"),
    )


def _asked(found: Any) -> desk.Facts:
    """Return what was asked."""
    first, last = figures.local(found.starts_at), figures.local(found.ends_at)
    pairs = [
        (_("Programme"), desk.Cell(found.code)),
        (_("Period"), desk.Cell(f"{first:%Y-%m-%d} – {last:%Y-%m-%d}")),
        (_("Who takes part"), desk.Cell(WorkbenchBasis(found.basis).label)),
        (_("Budget"), desk.Cell(figures.money(found.budget_minor))),
        (_("Asked for"), desk.Cell(figures.moment(found.queued_at))),
        (_("Rules, SHA-256"), _hash(found.rules_hash)),
    ]
    if found.years_later:
        pairs.insert(2, (_("Trades moved by years"), desk.Cell(str(found.years_later))))
    if found.base_hash:
        pairs.append((_("Compared with, SHA-256"), _hash(found.base_hash)))
    if found.run_hash:
        pairs += [
            (_("Inputs, SHA-256"), _hash(found.inputs_root)),
            (_("Result, SHA-256"), _hash(found.result_hash)),
            (_("Run, SHA-256"), _hash(found.run_hash)),
        ]
    return desk.Facts(_("What was asked"), pairs)


def _hash(text: str) -> desk.Cell:
    return desk.Cell(f"{text[:12]}…", is_code=True, copied=text)


def _published(found: Any, *, is_own: bool) -> list[Any]:
    if found.published_at is not None:
        when = figures.moment(found.published_at)
        return [desk.Note(_("Published %(when)s.") % {"when": when}, "ok")]
    if not is_own or found.state != WorkbenchState.READY:
        return []
    told = _(
        "Hash and figures then stand beside these rules for everybody: where they are approved, and"
        " on the programme's public page. It cannot be taken back. Enterprises are not named."
    )
    act = desk.Acting(
        _("Publish the run"),
        told,
        reverse("portal:workbench-publish", args=[found.pk]),
        _("Publish it"),
    )
    return [act]


def _outcome(found: Any) -> list[Any]:
    """Return what a run came to: figures, burn, who gains, refusals, cuts, control, groups."""
    versions = found.result["versions"]
    after, before = versions[AFTER], versions.get(BEFORE)
    blocks: list[Any] = [
        desk.KeyFigures(_key_figures(found.result)),
        _side_by_side(after, before),
        desk.Charted(_("Burn by month"), _burn(after, before)),
    ]
    if found.result["changes"]:
        blocks.append(_changes(found.result["changes"]))
    blocks += [_refusals(after, before), _cuts(after, before), _control(after, before)]
    blocks += [_groups(name, after, before) for name in policy_words.DIMENSIONS]
    if after["assumed"]:
        rules = ", ".join(policy_words.rule(each) for each in after["assumed"])
        told = _("Nobody attests this yet, and it is taken as met: %(rules)s.") % {"rules": rules}
        blocks.insert(0, desk.Note(told, "warn"))
    return blocks


def _key_figures(result: Mapping[str, Any]) -> list[desk.KeyFigure]:
    after = result["versions"][AFTER]
    counts = result["counts"]
    caught = [each for each in after["control"] if each["base_minor"] > 0]
    turned = sum(each["base_minor"] for each in caught if not each["paid_minor"])
    return [
        desk.KeyFigure(
            _("Paid"), figures.money(after["used_minor"]), _("to enterprises that meet the rules")
        ),
        desk.KeyFigure(
            _("Left of the budget"),
            figures.money(after["left_minor"]),
            _("gone in %(month)s") % {"month": after["exhausted"]}
            if after["exhausted"]
            else _("it lasts for the whole period"),
        ),
        desk.KeyFigure(
            _("Own money beside it"),
            figures.money(after["own_minor"]),
            _("paid by the enterprises themselves"),
        ),
        desk.KeyFigure(
            _("Turned away by control"),
            figures.money(turned),
            _("%(charges)s charges and %(applications)s applications decided")
            % {
                "charges": figures.grouped(counts["charges"]),
                "applications": figures.grouped(counts["applications"]),
            },
        ),
    ]


def _columns(first: str, after: str, before: Mapping[str, Any] | None) -> list[desk.Column]:
    other = [desk.Column(_("Before"), "number")] if before else []
    return [desk.Column(first), *other, desk.Column(after, "number")]


def _side_by_side(after: Mapping[str, Any], before: Mapping[str, Any] | None) -> desk.Sheet:
    amounts = {
        _("Granted on applications"): "granted_minor",
        _("Trades that meet the rules"): "base_minor",
        _("Paid"): "used_minor",
        _("Expired and returned"): "expired_minor",
        _("Still on vouchers"): "held_minor",
        _("Left of the budget"): "left_minor",
        _("Own money beside it"): "own_minor",
    }
    counts = {
        _("Applications granted"): "granted",
        _("Applications refused"): "refused",
        _("Enterprises paid"): "supported",
    }
    rows = [
        [desk.Cell(label), *_both(after, before, name, figures.money)]
        for label, name in amounts.items()
    ]
    rows += [
        [desk.Cell(label), *_both(after, before, name, figures.grouped)]
        for label, name in counts.items()
    ]
    return desk.Sheet(
        title=_("Side by side"),
        columns=_columns(_("Figure"), _("After"), before),
        rows=rows,
        empty=desk.Empty("", ""),
    )


def _both(
    after: Mapping[str, Any], before: Mapping[str, Any] | None, name: str, said: Any
) -> list[desk.Cell]:
    now = desk.Cell(said(after[name]))
    return [now] if before is None else [desk.Cell(said(before[name])), now]


def _burn(after: Mapping[str, Any], before: Mapping[str, Any] | None) -> drawing.Chart:
    months = sorted({*after["months"], *(before["months"] if before else ())})
    nothing: dict[str, int] = {"used_minor": 0}

    def used(version: Mapping[str, Any]) -> Sequence[Any]:
        return [
            home_days.yuan(version["months"].get(each, nothing)["used_minor"]) for each in months
        ]

    series = [drawing.Series(_("Paid, after"), used(after), "1")]
    if before:
        series.insert(0, drawing.Series(_("Paid, before"), used(before), "muted"))
    return drawing.Chart(
        title=_("Burn by month"),
        head=_("Month"),
        categories=months,
        series=series,
        kind=drawing.Kind.BARS,
        digits=2,
        name="burn",
    )


def _changes(changes: Mapping[str, Mapping[str, int]]) -> desk.Sheet:
    words = {
        "gain": _("Gain"),
        "lose": _("Lose"),
        "same": _("Neither"),
        "new": _("Get something for the first time"),
        "shut_out": _("Shut out: get nothing any more"),
    }
    rows = [
        [
            desk.Cell(label),
            desk.Cell(figures.grouped(changes[name]["parties"])),
            desk.Cell(figures.money(changes[name]["minor"])),
        ]
        for name, label in words.items()
    ]
    return desk.Sheet(
        title=_("Who gains and who is shut out"),
        columns=[
            desk.Column(_("Enterprises that")),
            desk.Column(_("How many"), "number"),
            desk.Column(_("Change in support"), "number"),
        ],
        rows=rows,
        empty=desk.Empty("", ""),
    )


def _tallied(version: Mapping[str, Any] | None, name: str, key: str) -> dict[tuple[str, str], Any]:
    found = version[name] if version else []
    return {(each[key], each["clause"]): each for each in found}


def _refusals(after: Mapping[str, Any], before: Mapping[str, Any] | None) -> desk.Sheet:
    rows = _counted(after, before, "refusals", "rule", policy_words.rule)
    return desk.Sheet(
        title=_("What was refused, by rule and clause"),
        columns=_counted_columns(_("Rule"), before),
        rows=rows,
        empty=desk.Empty(_("Nothing was refused"), _("Every trade and application met the rules.")),
    )


def _cuts(after: Mapping[str, Any], before: Mapping[str, Any] | None) -> desk.Sheet:
    rows = _counted(after, before, "cuts", "limit", policy_words.limit)
    return desk.Sheet(
        title=_("What was cut, by limit and clause"),
        columns=_counted_columns(_("Limit"), before),
        rows=rows,
        empty=desk.Empty(_("Nothing was cut"), _("No limit made a payment smaller.")),
    )


def _counted_columns(first: str, before: Mapping[str, Any] | None) -> list[desk.Column]:
    return [
        desk.Column(first),
        desk.Column(_("Clause")),
        desk.Column(_("Applications"), "number"),
        desk.Column(_("Charges"), "number"),
        *([desk.Column(_("Before"), "number")] if before else []),
        desk.Column(_("Amount"), "number"),
    ]


def _counted(
    after: Mapping[str, Any], before: Mapping[str, Any] | None, name: str, key: str, said: Any
) -> list[list[desk.Cell]]:
    now, then = _tallied(after, name, key), _tallied(before, name, key)
    nothing = {"applications": 0, "charges": 0, "minor": 0}
    rows = []
    for place in sorted({*now, *then}):
        found = now.get(place, nothing)
        was = then.get(place, nothing)
        rows.append(
            [
                desk.Cell(said(place[0])),
                desk.Cell(place[1] or "—"),
                desk.Cell(figures.grouped(found["applications"])),
                desk.Cell(figures.grouped(found["charges"])),
                *([desk.Cell(figures.money(was["minor"]))] if before else []),
                desk.Cell(figures.money(found["minor"])),
            ]
        )
    return rows


def _control(after: Mapping[str, Any], before: Mapping[str, Any] | None) -> desk.Sheet:
    was = {each["rule"]: each for each in before["control"]} if before else {}
    rows = [
        [
            desk.Cell(policy_words.control(each["rule"])),
            desk.Cell(figures.grouped(each["contracts"])),
            desk.Cell(figures.money(each["base_minor"])),
            *([desk.Cell(figures.money(was[each["rule"]]["paid_minor"]))] if before else []),
            desk.Cell(figures.money(each["paid_minor"])),
        ]
        for each in after["control"]
    ]
    return desk.Sheet(
        title=_("What control names"),
        columns=[
            desk.Column(_("Found by")),
            desk.Column(_("Orders"), "number"),
            desk.Column(_("Value of trades"), "number"),
            *([desk.Column(_("Paid, before"), "number")] if before else []),
            desk.Column(_("Paid, after"), "number"),
        ],
        rows=rows,
        empty=desk.Empty(
            _("Control names nothing"), _("No trade of the period is under suspicion.")
        ),
    )


def _groups(name: str, after: Mapping[str, Any], before: Mapping[str, Any] | None) -> desk.Sheet:
    was = before["groups"][name] if before else {}
    rows = [
        [
            desk.Cell(policy_words.group(name, value)),
            desk.Cell(figures.grouped(its["parties"])),
            desk.Cell(figures.grouped(its["supported"])),
            *([desk.Cell(figures.money(was[value]["used_minor"]))] if before else []),
            desk.Cell(figures.money(its["used_minor"])),
        ]
        for value, its in sorted(
            after["groups"][name].items(), key=lambda item: -item[1]["used_minor"]
        )
    ]
    return desk.Sheet(
        title=policy_words.DIMENSIONS[name],
        columns=[
            desk.Column(_("Group")),
            desk.Column(_("Enterprises"), "number"),
            desk.Column(_("Paid"), "number"),
            *([desk.Column(_("Before"), "number")] if before else []),
            desk.Column(_("Amount"), "number"),
        ],
        rows=rows,
        empty=desk.Empty(_("Nobody traded"), _("There was no trade in this period.")),
    )


def _parties(request: PortalRequest, found: Any) -> desk.Listed:
    empty = desk.Empty(_("Nobody traded"), _("There was no trade in this period."))
    table = POLICY_PARTIES.read(request, Queried(policy_selectors.parties_of(found)))
    return desk.Listed(table, empty, _("What enterprises come to"))

"""Drivers in words: how they are, what they were told and what they said."""

import shlex
from collections.abc import Mapping
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.drivers import registry as drivers_registry
from marketplace.drivers import selectors as drivers_selectors
from marketplace.drivers.contracts import CallState
from marketplace.fulfilment.contracts import MoveRefused
from marketplace.fulfilment.handover_contracts import HandoverRefused
from marketplace.portal import delivery_words, desk, figures
from marketplace.portal.proposal_lines import ProposalLine
from marketplace.portal.tables.columns import Tag

TONES: Final = {
    CallState.WAITING: ("warn", "loader-2"),
    CallState.DONE: ("ok", "check"),
    CallState.DECLINED: ("bad", "circle-x"),
    CallState.DEAD: ("bad", "alert-triangle"),
    CallState.DROPPED: ("neutral", ""),
}


def call_tag(row: Any) -> Tag:
    """Return where a call stands."""
    return Tag(row.get_state_display(), *TONES[row.state])


def kind(name: str) -> str:
    """Return what a driver is, by its name and version."""
    found = drivers_registry.KINDS.get(name)
    return str(found.label) if found else name


def health(row: Any) -> desk.Cell:
    """Return how a driver is."""
    if not row.url:
        return desk.Cell(_("By hand"), tone="neutral")
    if row.failures:
        said = _("%(count)s failures in a row") % {"count": row.failures}
        return desk.Cell(_("Does not answer"), said, tone="bad", symbol="alert-triangle")
    if row.answered_at is None:
        return desk.Cell(_("Not called yet"), tone="neutral")
    return desk.Cell(_("Answers"), figures.moment(row.answered_at), tone="ok", symbol="check")


def tested(row: Any) -> desk.Cell:
    """Return how a driver's last test went."""
    if row.test_due_at is not None:
        return desk.Cell(_("A test is on its way."))
    if row.tested_at is None:
        return desk.Cell(_("Not tested yet"))
    if row.test_error:
        return desk.Cell(_("Failed"), row.test_error, tone="bad", symbol="circle-x")
    return desk.Cell(_("Passed"), figures.moment(row.tested_at), tone="ok", symbol="check")


def job_panel(order: Any, *, is_buyer: bool) -> dict[str, Any] | None:
    """Return what the page of an order says of its job; nothing where it runs none."""
    found: Any = drivers_selectors.job_with_outcome(order.pk)
    if found is None:
        return None
    again = ""
    if is_buyer and order.wanted_listing_id:
        place = reverse("portal:job-place", args=[order.wanted_listing_id])
        again = f"{place}?again={order.pk}"
    return {
        "command": shlex.join(found.command),
        "image": found.image,
        "data_reference": found.data_reference,
        "result_reference": found.result_reference,
        "variables": ", ".join([*found.environment, *found.sealed_names]),
        "wall": figures.duration(found.wall_seconds),
        "result": result(found.exit_code) if found.exited_at else None,
        "result_is_at": found.result_is_at or "",
        "log_tail": drivers_selectors.log_tail_of(order.pk),
        "is_agreed": found.proposal_id is not None,
        "hash": found.content_hash,
        "again": again,
    }


def job_proposed(content: Mapping[str, Any]) -> list[ProposalLine]:
    """Return what a second person reads of a job before it runs."""
    lines = [ProposalLine(label, text) for label, text in job_texts(content["job"]).items()]
    return [*lines, ProposalLine(_("Hash of what runs"), content["job_hash"])]


def job_texts(said: Mapping[str, Any]) -> dict[str, str]:
    """Return all that a job runs, by label; a value with spaces or signs stands in quotes."""
    named = [f"{name}={value}" for name, value in said["environment"].items()]
    return {
        _("Command"): shlex.join(said["command"]),
        _("Image"): said["image"] or "–",
        _("Data comes from"): said["data_reference"] or "–",
        _("Results go to"): said["result_reference"] or "–",
        _("Variables"): shlex.join(named) or "–",
        _("Secret variables"): " ".join(said["sealed_names"]) or "–",
        _("Runs at most"): figures.duration(said["wall_seconds"]),
    }


def job(order_id: Any) -> list[desk.Facts]:
    """Return what an order runs; nothing where it runs no job."""
    found = drivers_selectors.job_of(order_id)
    if found is None:
        return []
    named = [*found.environment, *found.sealed_names]
    return [
        desk.Facts(
            _("The job"),
            [
                (_("Command"), desk.Cell(shlex.join(found.command), is_code=True)),
                (_("Image"), desk.Cell(found.image or "–")),
                (_("Data comes from"), desk.Cell(found.data_reference or "–")),
                (_("Results go to"), desk.Cell(found.result_reference or "–")),
                (_("Variables"), desk.Cell(", ".join(named) or "–")),
                (_("Runs at most"), desk.Cell(figures.duration(found.wall_seconds))),
            ],
        )
    ]


def course(delivery_id: Any, *, is_providers: bool) -> list[desk.Facts | desk.Sheet]:
    """Return how a driver carries out a delivery; nothing where people do."""
    found = drivers_selectors.driven(delivery_id)
    if found is None:
        return []
    name: desk.Cell = desk.Cell(kind(found.kind), found.kind)
    if is_providers:
        address = reverse("portal:driver", args=[found.driver_id])
        name = desk.Cell(kind(found.kind), found.kind, address=address)
    pairs: list[tuple[Any, desk.Cell]] = [(_("Driver"), name)]
    if found.exited_at is not None:
        pairs.append((_("Exited"), desk.Cell(figures.moment(found.exited_at))))
        pairs.append((_("Result"), result(found.exit_code)))
    if found.wiped_at is not None:
        pairs.append((_("Data wiped"), desk.Cell(figures.moment(found.wiped_at))))
    return [desk.Facts(_("Carried out by"), pairs), _told(delivery_id), _said(delivery_id)]


def result(exit_code: int | None) -> desk.Cell:
    """Return what an exit code says."""
    if exit_code is None:
        return desk.Cell(_("No exit code was given"))
    text = _("Exit code %(code)s") % {"code": exit_code}
    if exit_code == 0:
        return desk.Cell(text, tone="ok", symbol="check")
    return desk.Cell(text, tone="bad", symbol="circle-x")


def _told(delivery_id: Any) -> desk.Sheet:
    columns = [
        desk.Column(_("Step")),
        desk.Column(_("Told")),
        desk.Column(_("State")),
        desk.Column(_("Tries"), "number"),
    ]
    rows = [
        [
            desk.Cell(call.get_step_display()),
            desk.Cell(figures.moment(call.created_at)),
            desk.Cell((tag := call_tag(call)).label, call.error, tone=tag.tone, symbol=tag.icon),
            desk.Cell(str(call.attempts)),
        ]
        for call in drivers_selectors.calls_of(delivery_id)
    ]
    empty = desk.Empty(_("Nothing yet"), _("What the driver is told stands here."), "list-details")
    return desk.Sheet(_("Steps of the driver"), columns, rows, empty)


def _said(delivery_id: Any) -> desk.Sheet:
    columns = [desk.Column(_("When")), desk.Column(_("What it said")), desk.Column(_("Outcome"))]
    rows = [
        [
            desk.Cell(figures.moment(said.heard_at)),
            desk.Cell(
                said.get_word_display(),
                " · ".join(
                    part
                    for part in (_handed(said), delivery_words.reason(said.reason), said.detail)
                    if part
                ),
            ),
            desk.Cell(_refused(said)),
        ]
        for said in drivers_selectors.messages_of(delivery_id)
    ]
    empty = desk.Empty(_("Nothing yet"), _("What the driver says stands here."), "list-details")
    return desk.Sheet(_("Messages of the driver"), columns, rows, empty)


def _handed(said: Any) -> str:
    """Return for which request access was handed over."""
    if said.access_request is None:
        return ""
    return _("Access, for request %(request)s") % {"request": said.access_request}


def _refused(said: Any) -> str:
    if not said.code:
        return _("It counts")
    if said.code == MoveRefused.code:
        return _("Nothing of the kind could happen any more")
    if said.code == HandoverRefused.code:
        return _("It counts, its access does not: the buyer asked anew, or it is over")
    return _("It did not count: %(code)s") % {"code": said.code}

"""Batch jobs on the command line."""

import json
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser

from common import clock, commands, tenancy
from common.errors import Refusal
from identity import selectors as identity_selectors
from marketplace.drivers import selectors, services
from marketplace.drivers.models import BatchJob
from marketplace.orders.contracts import OrderState

LIST, SHOW, CANCEL, AGAIN = "list", "show", "cancel", "again"
LISTED_MAX = 100


class Command(commands.Command):
    """List the jobs of an organisation, show or cancel one, or order one again."""

    help = "Batch jobs: jobs list --organization USCC; jobs show|cancel|again ORDER --json"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=[LIST, SHOW, CANCEL, AGAIN])
        parser.add_argument("order", nargs="?", help="the identifier of the order")
        parser.add_argument("--organization", help="unified social credit code")
        parser.add_argument("--state", choices=OrderState.values)
        parser.add_argument("--starts", help="when it runs again")
        parser.add_argument("--key", help="your own name of the new order")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options: Any) -> None:
        try:
            found = self._list(options) if options["act"] == LIST else [self._one(options)]
        except (Refusal, ValueError) as error:
            raise CommandError(commands.describe_error(error), returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps({"jobs": found}, ensure_ascii=False))
            return
        for each in found:
            code = "" if each["exit_code"] is None else f" exit {each['exit_code']}"
            words = " ".join(each["command"])
            self.stdout.write(f"{each['order_number']} {each['order_state']}{code}  {words}")

    def _list(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        own = _organization_id(options)
        with tenancy.acting_as(own):
            found = selectors.jobs_of(own)
            if options["state"]:
                found = found.filter(order__state=options["state"])
            return [_told(row) for row in found[:LISTED_MAX]]

    def _one(self, options: dict[str, Any]) -> dict[str, Any]:
        own, order_id, now = _organization_id(options), UUID(options["order"] or ""), clock.now()
        with tenancy.acting_as(own):
            if options["act"] == CANCEL:
                services.cancel_job(order_id=order_id, buyer_id=own, now=now)
            if options["act"] == AGAIN:
                wish, job = selectors.wish_again(
                    order_id,
                    buyer_id=own,
                    key=options["key"] or f"again {order_id} {now:%Y%m%d%H%M%S}",
                    starts_at=commands.moment(options["starts"] or "", option="--starts"),
                )
                made = services.place_job(buyer_id=own, wish=wish, job=job, placed_at=now)
                order_id = made.order_id
            row = selectors.job_of_party(order_id, organization_id=own)
            return _told(row) | {"log_tail": selectors.log_tail_of(order_id)}


def _organization_id(options: dict[str, Any]) -> UUID:
    found = identity_selectors.organization_by_uscc(options["organization"] or "")
    if found is None:
        message = "--organization names nobody"
        raise ValueError(message)
    return found.pk


def _told(row: BatchJob) -> dict[str, Any]:
    exit_code: int | None = getattr(row, "exit_code", None)
    return {
        "order_id": str(row.order_id),
        "order_number": row.order.number,
        "order_state": row.order.state,
        "starts_at": row.order.starts_at.isoformat(),
        **selectors.kept_of(row),
        "content_hash": row.content_hash,
        "exit_code": exit_code,
    }

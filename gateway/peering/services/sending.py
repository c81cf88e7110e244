"""What waits for a peer: numbered under its lock, and settled by its receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Max

from common import tenancy
from gateway import selectors as gateway_selectors
from gateway import services as gateway_services
from gateway.contracts import PeerAnswerRefused, own_code
from gateway.peering.contracts import ITEMS_MAX, PushDataset
from gateway.peering.event_names import PeerEvent
from gateway.peering.models import Outgoing, PeerLink
from gateway.peering.rules import pushed
from gateway.peering.services.guarding import link_of
from gateway.rules import believing, records
from identity.events import services as events

BATCH_BYTES_MAX: Final = 3 * 1024 * 1024
BATCH_ITEMS_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class PushBatch:
    """Items for a peer, in the order of their numbers from `first` on."""

    peer: str
    dataset: str
    first: int
    digests: tuple[str, ...]
    items: tuple[dict[str, Any], ...]

    @property
    def last(self) -> int:
        """Return the number of the last item."""
        return self.first + len(self.digests) - 1


@transaction.atomic
def next_batch(
    *, peer: str, dataset: str, now: datetime, items_max: int = BATCH_ITEMS_MAX
) -> PushBatch | None:
    """
    Return the next of what waits for a peer, with numbers; None if nothing waits.

    Who asks twice gets the same again until it is settled.
    """
    with tenancy.acting_as_platform():
        link = link_of(peer)
        waiting = Outgoing.objects.filter(peer=peer, dataset=dataset, told_at__isnull=True)
        _number(
            peer, dataset, list(waiting.filter(sequence__isnull=True).order_by("id")[:items_max])
        )
        due = list(waiting.filter(sequence__isnull=False).order_by("sequence")[:items_max])
        if not due:
            return None
        link.tried_at = now
        link.save(update_fields=["tried_at"])
        return _batch(peer, dataset, due)


def _number(peer: str, dataset: str, fresh: Sequence[Outgoing]) -> None:
    """Give the next numbers, dense, under the peer's lock."""
    last = Outgoing.objects.filter(peer=peer, dataset=dataset).aggregate(last=Max("sequence"))
    for number, each in enumerate(fresh, start=int(last["last"] or 0) + 1):
        each.sequence = number
    Outgoing.objects.bulk_update(fresh, ["sequence"])


def _batch(peer: str, dataset: str, due: Sequence[Outgoing]) -> PushBatch:
    kept = gateway_selectors.statements_of([each.digest for each in due])
    digests: list[str] = []
    items: list[dict[str, Any]] = []
    size = 0
    for each in due:
        statement = kept[each.digest]
        size += len(statement.text.encode()) + 500
        if items and size > BATCH_BYTES_MAX:
            break
        digests.append(each.digest)
        items.append(records.as_json(statement.text, statement.signatures))
    first = due[0].sequence
    assert first is not None
    return PushBatch(peer, dataset, first, tuple(digests), tuple(items))


@transaction.atomic
def settle_batch(
    *, batch: PushBatch, receipt: believing.Carry, keys: Any, now: datetime
) -> dict[str, Any]:
    """
    Settle a batch by the peer's receipt, which must be about exactly this batch.

    `keys` is the body of the peer's set of keys. Returns what the receipt says.

    :raises PeerAnswerRefused: if the receipt is not the peer's, or about something else
    """
    said = believing.receipt(receipt, node=batch.peer, keys=keys, now=now)
    body = said.body
    expected = {
        "count": len(batch.digests),
        "dataset": batch.dataset,
        "first": batch.first,
        "from": own_code(),
        "last": batch.last,
        "root": pushed.batch_root(batch.digests),
    }
    if any(body.get(name) != value for name, value in expected.items()):
        raise PeerAnswerRefused(node=batch.peer, reason="other_receipt")
    refused = {each["sequence"]: str(each["code"])[:40] for each in body.get("refused", [])}
    with tenancy.acting_as_platform():
        gateway_services.keep_statement(
            said,
            text=receipt.text,
            signatures=receipt.signatures,
            subject=f"{own_code()} {batch.dataset} {batch.first}",
            sequence=batch.last,
            now=now,
        )
        rows = list(
            Outgoing.objects.filter(
                peer=batch.peer, dataset=batch.dataset, digest__in=batch.digests
            )
        )
        for row in rows:
            row.told_at = row.told_at or now
            row.receipt, row.refusal = said.digest, refused.get(row.sequence, "")
        Outgoing.objects.bulk_update(rows, ["told_at", "receipt", "refusal"])
        PeerLink.objects.filter(pk=batch.peer).update(told_at=now, refusal="")
    return dict(body)


@transaction.atomic
def note_push_failed(*, peer: str, code: str) -> None:
    """Keep why a peer did not take what was pushed; a later copy of this node is told of once."""
    with tenancy.acting_as_platform():
        link = link_of(peer)
        if code == "epoch_superseded" and link.refusal != code:
            events.record(
                [
                    events.Event(
                        name=PeerEvent.EPOCH_SUPERSEDED,
                        object_kind="node",
                        object_id=own_code(),
                        object_label=own_code(),
                        facts={"peer": peer},
                    )
                ]
            )
        link.refusal = code[:40]
        link.save(update_fields=["refusal"])


@transaction.atomic
def batch_of(*, peer: str, dataset: str, digests: Sequence[str]) -> list[PushBatch]:
    """Return items that were pushed before as batches to push again, each of neighbours."""
    with tenancy.acting_as_platform():
        rows = list(
            Outgoing.objects.filter(
                peer=peer, dataset=dataset, digest__in=digests, sequence__isnull=False
            ).order_by("sequence")
        )
        runs: list[list[Outgoing]] = []
        for row in rows[:ITEMS_MAX]:
            previous = runs[-1][-1].sequence if runs else None
            if previous is not None and row.sequence == previous + 1 and len(runs[-1]) < 200:
                runs[-1].append(row)
            else:
                runs.append([row])
        return [_batch(peer, dataset, run) for run in runs]


DATASETS: Final = tuple(each.value for each in PushDataset)

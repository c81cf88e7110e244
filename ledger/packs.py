"""
Ledger packs: the whole log in one ZIP file that `verify_ledger.py` checks offline.

The pack holds what the script needs and nothing of the database: entries as they were hashed,
their sealed hashes, the signed checkpoint, the public keys, the balances, and the script itself.
"""

import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Final

from django.db import connection, transaction

from common import tenancy
from common.errors import Refusal
from ledger import merkle, sealing, selectors
from ledger.hashing import HASH_BYTES, verifier_key
from ledger.models import Key

FORMAT: Final = "suanpan-ledger-pack/1"
SCRIPT: Final = Path(__file__).with_name("verify_ledger.py")
_BALANCES: Final = """
    SELECT a.code, b.debits_posted + coalesce(d.dd, 0), b.credits_posted + coalesce(d.cc, 0),
           b.debits_pending + coalesce(d.dp, 0), b.credits_pending + coalesce(d.cp, 0)
    FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
    LEFT JOIN (
        SELECT account_id, sum(debits_posted)::bigint AS dd, sum(credits_posted)::bigint AS cc,
               sum(debits_pending)::bigint AS dp, sum(credits_pending)::bigint AS cp
        FROM ledger_balance_delta GROUP BY account_id
    ) d ON d.account_id = a.id
    ORDER BY a.code COLLATE "C"
"""


class NothingSealed(Refusal):
    """There is no checkpoint yet; the sealer runs every few seconds."""

    code = "nothing_sealed"


@dataclass(frozen=True, slots=True)
class PackSummary:
    """What a pack contains."""

    size: int
    unsealed: int
    accounts: int
    checkpoint: str


def write_pack(file: IO[bytes]) -> PackSummary:
    """
    Write the pack of the current transaction's view of the ledger.

    The caller's transaction is REPEATABLE READ, so that entries and balances are of one moment.

    :raises NothingSealed: if there is no checkpoint yet
    """
    with (
        tenancy.acting_as_platform(),
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as pack,
    ):
        checkpoint = selectors.head()
        if checkpoint is None:
            raise NothingSealed
        entries = (entry.line.encode() + b"\n" for entry in sealing.every_entry())
        summary = PackSummary(
            size=_write(pack, "entries.txt", islice(entries, checkpoint.size)),
            unsealed=_write(pack, "unsealed.txt", entries),
            accounts=_write(pack, "balances.tsv", _balance_lines()),
            checkpoint=checkpoint.note,
        )
        _write(pack, "hashes.bin", _leaf_hashes(checkpoint.size))
        pack.writestr("checkpoint.txt", checkpoint.note)
        pack.writestr("keys.txt", "\n".join(public_keys()) + "\n")
        pack.writestr("verify_ledger.py", SCRIPT.read_text(encoding="utf-8"))
        pack.writestr("manifest.json", _manifest(summary))
    return summary


def public_keys() -> list[str]:
    """Return the keys that checkpoints are signed with, as auditors keep them."""
    found = Key.objects.order_by("id").values_list("name", "public_key")
    return [verifier_key(name, bytes(public_key)) for name, public_key in found]


def _leaf_hashes(size: int) -> Iterator[bytes]:
    """Yield the sealed hashes of the first entries, a tile at a time."""
    for number in range(-(-size // merkle.TILE_HASHES)):
        yield sealing.read_tile(0, number)[: (size - (number << merkle.TILE_BITS)) * HASH_BYTES]


def _balance_lines() -> Iterator[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES)
        while page := cursor.fetchmany(10_000):
            yield from ("\t".join(map(str, row)).encode() + b"\n" for row in page)


def _write(pack: zipfile.ZipFile, name: str, parts: Iterable[bytes]) -> int:
    """Write a file of the pack and return how many parts it got."""
    count = 0
    with pack.open(name, "w", force_zip64=True) as out:
        for part in parts:
            out.write(part)
            count += 1
    return count


def _manifest(summary: PackSummary) -> str:
    totals: dict[str, dict[str, int]] = {}
    for line in selectors.trial_balance():
        sums = totals.setdefault(line.asset, {"debits": 0, "credits": 0})
        sums["debits"] += line.debits
        sums["credits"] += line.credits
    facts = {
        "format": FORMAT,
        "entries": summary.size,
        "unsealed": summary.unsealed,
        "accounts": summary.accounts,
        "totals": totals,
    }
    return json.dumps(facts, indent=2) + "\n"


def export(path: Path) -> PackSummary:
    """
    Write a pack to a file, from one snapshot of the database.

    :raises NothingSealed: if there is no checkpoint yet
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        with path.open("wb") as file:
            return write_pack(file)

"""Proofs about the sealed log that anyone checks against a signed checkpoint."""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from common import tenancy
from common.errors import NotFound, Refusal
from ledger import merkle, sealing, selectors


class NotSealedYet(Refusal):
    """The log does not reach so far yet; the sealer runs every few seconds."""

    code = "not_sealed_yet"
    sentence = _("The sealed log does not reach so far yet; try again in a few seconds.")


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """An entry, its place, the hashes on the way to the root, and the signed root."""

    entry: str
    index: int
    proof: list[bytes]
    checkpoint: str


def inclusion(transfer_id: UUID) -> InclusionProof:
    """
    Return the proof that a transfer the caller may see is an entry of the log.

    :raises NotFound: if there is no such transfer, or it is other people's
    :raises NotSealedYet: if it is too new
    """
    if selectors.transfer(transfer_id) is None:
        raise NotFound
    # The line names both accounts, and a proof hashes it whole: both parties know each other.
    with tenancy.acting_as_platform():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT xid::text, line FROM ledger_transfer_line WHERE id = %s", [transfer_id]
            )
            xid, line = cursor.fetchone()
        head = selectors.head()
        index = sealing.index_of(sealing.LogPosition(xid, 1, transfer_id))
        if head is None or index is None:
            raise NotSealedYet
        proof = merkle.inclusion_proof(index, head.size, sealing.read_tile)
    return InclusionProof(line, index, proof, head.note)


def consistency(*, old_size: int, new_size: int | None = None) -> tuple[int, list[bytes]]:
    """
    Return the newer size and the proof that the first entries begin the newer log.

    :raises NotSealedYet: if a size is beyond the log
    """
    head = selectors.head()
    newer = new_size or (head.size if head else 0)
    if head is None or not old_size <= newer <= head.size:
        raise NotSealedYet
    return newer, merkle.consistency_proof(old_size, newer, sealing.read_tile)

"""Whether the node that a code moved to signed that, by its own keys."""

from collections.abc import Sequence

from common import clock, statements
from gateway import fetching, selectors
from gateway.contracts import KeyPurpose, PeerAnswerRefused, own_code
from gateway.peering import selectors as peering_selectors
from gateway.rules import believing, renewals
from gateway.rules.believing import Carry
from gateway.rules.renewals import KnownText, LineRefused


def require_receiver(
    receiver: str, rename: Carry, carried: Sequence[Carry], blamed: str, ends_at: float
) -> list[Carry]:
    """
    Check that the node that a code moved to signed that, by its own keys, when the text says.

    Returns by what it bears that out anew, if its key is over: fetched of it, where nobody has it.

    :raises PeerAnswerRefused: naming who says that it moved
    :raises PeerTimeout, PeerCircuitOpen: if the receiver is to be asked, and does not answer
    """
    host = peering_selectors.hosts().get(receiver)
    if host is None and receiver != own_code():
        raise PeerAnswerRefused(node=blamed, reason="receiver_unknown")
    said = statements.parse(rename.text)
    kept = [Carry(each.text, each.signatures) for each in selectors.renewals(said.digest)]
    known, seen = [*carried, *kept], selectors.kept_moments([said.digest])
    keys = fetching.known_keys(host, ends_at) if host else selectors.keyset_body(receiver)
    for attempt in range(3):
        try:
            renewals.require_line(
                said,
                text=rename.text,
                lines=rename.signatures,
                node=receiver,
                purpose=KeyPurpose.REGISTER,
                keys=keys,
                now=clock.now(),
                known=KnownText(seen.get(said.digest), believing.parsed(known)),
            )
        except LineRefused as refusal:
            is_over = refusal.code == renewals.KEY_OVER
            newer = found = None
            if host and is_over:
                found = fetching.fetched_renewal(host, said.digest, ends_at)
            elif host and not attempt:
                newer = fetching.fetched_keys(host, ends_at)
            if newer is None and (found is None or found in known):
                reason = refusal.code if is_over else "not_countersigned"
                raise PeerAnswerRefused(node=blamed, reason=reason) from refusal
            keys = newer or keys
            known = [*known, found] if found else known
        else:
            break
    again = renewals.bearing(
        believing.parsed(known),
        said.digest,
        node=receiver,
        purpose=KeyPurpose.REGISTER,
        keys=keys,
        now=clock.now(),
    )
    return [Carry(text, list(lines)) for _said, text, lines in again]

"""What others see of peering: what a peer may, and why its requests are refused."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, Refusal

PEER_KIND: Final = "gateway.peer"  # of proposals
PEER_URL: Final = re.compile(r"https?://[a-z0-9.-]{1,253}(:[0-9]{1,5})?")
RATE_MAX: Final = 10_000
ITEMS_MAX: Final = 1_000
PUSH_BYTES_MAX: Final = 4 * 1024 * 1024
BODY_BYTES_MAX: Final = 256 * 1024


class PeerScope(TextChoices):
    """What a peer may ask of this node."""

    RESOLVE = "resolve", _("Resolve codes")
    PUSH = "push", _("Push statements")
    DIRECTORY = "directory", _("Read the directory")
    DIFFERENCE = "difference", _("Compare what was pushed")


class PeerState(TextChoices):
    """How a peer stands."""

    ADMITTED = "ADMITTED", _("Admitted")
    SUSPENDED = "SUSPENDED", _("Suspended")
    LEFT = "LEFT", _("Left")


class PushDataset(TextChoices):
    """What is pushed upward; each has a sequence of its own for each peer."""

    REGISTER = "register", _("Register")
    TOTALS = "totals", _("Totals")


@dataclass(frozen=True, slots=True)
class PeerActor:
    """The node that signed a request, and what it may; no organisation stands behind it."""

    node: str
    scopes: frozenset[str]
    epoch: int
    nonce: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerFacts:
    """
    What two people agree on about a peer.

    `url` is where it is asked, `networks` from where it may ask (CIDR; none: from anywhere),
    `rates` how many requests a second it may make of each scope, `pushes` whether this node pushes
    to it.
    """

    node: str
    url: str
    scopes: Sequence[str]
    networks: Sequence[str] = ()
    rate: int = 50
    pushes: bool = False


class PeerInvalid(InvalidInput):
    """Something that is said of a peer has not its form."""

    code = "peer_invalid"
    sentence = _(
        "A peer is an admitted node with an https:// address without a path, scopes, networks "
        "such as 10.20.0.0/16, and a rate of 1 to 10,000 requests a second."
    )


class SignatureMissing(Refusal):
    """The request carries no signature of a node."""

    code = "signature_missing"
    status = 401
    sentence = _("A node signs its requests: Signature-Input and Signature are missing.")


class SignatureInvalid(Refusal):
    """The signature is not what the profile says, or not over this request."""

    code = "signature_invalid"
    status = 401
    sentence = _("The request is not signed as nodes sign: %(reason)s.")

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)


class SignatureExpired(Refusal):
    """The signature was made too long ago, or is not valid yet."""

    code = "signature_expired"
    status = 401
    sentence = _("The signature is of another time.")


class SignatureReplayed(Refusal):
    """The signature was used before."""

    code = "signature_replayed"
    status = 401
    sentence = _("A request with this nonce came before.")


class KeyUnknown(Refusal):
    """No key of this name is known of the node."""

    code = "key_unknown"
    status = 401
    sentence = _("No such key is known of this node.")


class KeyRevoked(Refusal):
    """The key was taken back, or its time is over."""

    code = "key_revoked"
    status = 401
    sentence = _("This key is not valid any more.")


class PeerNotAdmitted(Refusal):
    """Nobody admitted the node as a peer, or not from this network."""

    code = "peer_not_admitted"
    status = 403
    sentence = _("This node is no peer of ours, or asks from another network.")


class PeerSuspended(Refusal):
    """The peer is suspended, or left."""

    code = "peer_suspended"
    status = 403
    sentence = _("This node is suspended.")


class RightMissing(Refusal):
    """The peer may not ask for this."""

    code = "right_missing"
    status = 403
    sentence = _("This node may not ask for that.")


class WrongAuthorityHost(Refusal):
    """The request was signed for another host than this one."""

    code = "wrong_authority_host"
    status = 421
    sentence = _("The request is for another host.")


class PeerRateLimited(Refusal):
    """The peer asks more often than was agreed."""

    code = "rate_limited"
    status = 429
    sentence = _("This node asks more often than was agreed.")


class EpochSuperseded(Refusal):
    """A later copy of this node took over; this one no longer speaks for it."""

    code = "epoch_superseded"
    status = 409
    sentence = _("A later copy of this node took over.")


class PushTooLarge(Refusal):
    """More than a thousand items, or more than 4 MiB."""

    code = "too_large"
    status = 413
    sentence = _("A push holds at most 1,000 items and 4 MiB, any other request 256 KiB.")


class PushMalformed(InvalidInput):
    """The body is no push, or no comparison."""

    code = "peer_body_malformed"
    sentence = _("The body has not the form that nodes agreed on.")


class MoveState(TextChoices):
    """How a move between nodes stands."""

    ASKED = "ASKED", _("Waits for the other node")
    DONE = "DONE", _("Moved")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


class CodeMoveRefused(InvalidInput):
    """A code moves to one code of a known node, while it is in use, and once at a time."""

    code = "move_refused"
    status = 422
    sentence = _(
        "A code that is in use moves to one code of another node that is known here, and waits for"
        " it once."
    )


class MoveUnexpected(Refusal):
    """Nobody here expects the code, or the asker does not answer for it."""

    code = "move_unexpected"
    sentence = _("No owner here expects this code to move to a code of theirs.")


class MoveCountersigned(Refusal):
    """This node signed already: the code may move at any moment."""

    code = "move_countersigned"
    sentence = _("This node signed already: the owner at the other node alone can let it stay.")


class SequenceGap(Refusal):
    """Items are missing before these."""

    code = "sequence_gap"
    sentence = _("Items before these are missing: number %(expected)s comes next.")


class PushConflict(Refusal):
    """Other items came under these numbers before."""

    code = "push_conflict"
    sentence = _("Other items came under these numbers before.")


class DifferenceBehind(Refusal):
    """What is to be compared has not all come yet."""

    code = "difference_behind"
    sentence = _("Not all of what is to be compared has come.")


class DirectoryMissing(Refusal):
    """This node keeps no directory that holds."""

    code = "directory_missing"
    status = 404
    sentence = _("There is no directory here yet.")


class DirectoryRefused(Refusal):
    """What came as the directory is none of the national node, or goes back."""

    code = "directory_refused"
    status = 502
    sentence = _("The directory was refused: %(reason)s.")


class NotNational(Refusal):
    """The national node alone signs the directory."""

    code = "not_national"
    sentence = _("The national node alone signs the directory.")

"""What others see of the gateway: kinds of nodes, purposes of keys, and what is refused."""

import re
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, Refusal

NODE_CODE_LENGTH: Final = 6
NODE_CODE: Final = re.compile(r"[NRIP][0-9A-Z]{5}")
NODE_KIND: Final = "gateway.node"  # of proposals


class NodeKind(TextChoices):
    """What a node is in the levels; its letter begins its code."""

    NATIONAL = "N", _("National node")
    REGIONAL = "R", _("Regional node")
    INDUSTRY = "I", _("Industry node")
    PROVIDER = "P", _("Provider node")


class NodeState(TextChoices):
    """How a node stands with this one."""

    OWN = "OWN", _("This node")
    ADMITTED = "ADMITTED", _("Admitted")
    SUSPENDED = "SUSPENDED", _("Suspended")
    LEFT = "LEFT", _("Left")


class KeyPurpose(TextChoices):
    """What a key signs; a key has one purpose."""

    ROOT = "root", _("Root: signs the node's set of keys")
    GRANT = "grant", _("Grants and the directory")
    REGISTER = "register", _("Records and statuses")
    ANSWER = "answer", _("Answers and receipts")
    HTTP = "http", _("Requests to other nodes")
    WITNESS = "witness", _("Cosignatures of others' logs")


class KeyCustody(TextChoices):
    """Who keeps the private half of an owner's key."""

    OWN = "own", _("Kept by the owner")
    CUSTODIAL = "custodial", _("Kept by the node")


class OwnerKeyRefused(InvalidInput):
    """The key is none, is known already, or nothing shows that the owner has it."""

    code = "owner_key_refused"
    status = 422
    sentence = _(
        "An owner's key is an Ed25519 key (base64) that is new here, with a signature by it."
    )


class OwnerLineRefused(InvalidInput):
    """The line is no good signature of the owner under a text that waits for it."""

    code = "owner_line_refused"
    status = 422
    sentence = _("No text that waits for you bears this line by a key of yours.")


class KeyUnusable(Refusal):
    """A file of keys is missing, unreadable, or may be read by others."""

    code = "gateway_key_unusable"
    status = 503
    sentence = _("The node has no usable key for this: %(purpose)s.")


@dataclass(frozen=True, slots=True)
class KnownHost:
    """A node that may be asked: where it is, and the root that its keys stand under."""

    code: str
    url: str
    root_key: bytes


class NodeInvalid(InvalidInput):
    """Something that is said of a node has not its form."""

    code = "gateway_node_invalid"
    sentence = _(
        "A node has a code, a name, a root key (Ed25519, base64), an https:// address without a "
        "path, and prefixes that end at the end of a part."
    )


class InvalidNonce(InvalidInput):
    """The number that ties an answer to its question has another form."""

    code = "invalid_nonce"
    sentence = _("A nonce is up to 32 hexadecimal digits in small letters.")


class TooManyCodes(InvalidInput):
    """A batch holds no codes, too many, or one twice."""

    code = "too_many_codes"
    status = 422
    sentence = _("A batch holds 1 to %(most)s different codes.")


class InvalidSearchCursor(InvalidInput):
    """The place in a search is cut, forged, too old, or of another search."""

    code = "invalid_cursor"
    sentence = _("This is no place in this search; begin at its first page.")


class StatementUnknown(Refusal):
    """No statement of this digest is kept."""

    code = "statement_unknown"
    status = 404
    sentence = _("No statement with this digest is kept here.")


class IdentifierUnknown(Refusal):
    """The node that answers for the code knows no such resource, and signed that."""

    code = "identifier_unknown"
    status = 404
    sentence = _("The node that answers for this code knows no such resource.")


class NoAuthority(Refusal):
    """No grant that is known covers the code."""

    code = "no_authority"
    status = 404
    sentence = _("No node is known that answers for this code.")


class PeerAnswerRefused(Refusal):
    """Another node's answer was not what its keys may say; the reason names why."""

    code = "peer_answer_refused"
    status = 502
    sentence = _("The answer of the node %(node)s was refused: %(reason)s.")


class PeerTimeout(Refusal):
    """Another node did not answer in time, or not at all."""

    code = "peer_timeout"
    status = 504
    sentence = _("The node %(node)s did not answer in time.")


class PeerCircuitOpen(Refusal):
    """Another node is not asked for a while: it failed too often, or too many wait for it."""

    code = "peer_circuit_open"
    status = 503
    sentence = _("The node %(node)s is not asked for the moment.")


class ReferralLoop(Refusal):
    """A referral leads back to a node that was asked."""

    code = "referral_loop"
    status = 508
    sentence = _("The node %(node)s named one that was asked already.")


class ReferralTooDeep(Refusal):
    """Too many nodes referred to further ones."""

    code = "referral_too_deep"
    status = 508
    sentence = _("More than four nodes would have to be asked.")


def own_code() -> str:
    """Return the code that this node signs under; a market by itself is its own root."""
    return str(settings.SUANPAN_NODE_CODE)


def is_stand_alone() -> bool:
    """Tell whether this market belongs to no levels: nobody above it, nobody below."""
    return not settings.SUANPAN_NODE_KIND

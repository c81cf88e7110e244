"""What other rooms see of keys and of how access is handed over: words, limits and refusals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal

KEY_NAME_LENGTH_MAX: Final = 60
KEYS_MAX: Final = 20  # of an organisation, of one kind
SSH_LENGTH_MAX: Final = 2_000
RSA_BITS_MIN: Final = 2_048
ENDPOINT_LENGTH_MAX: Final = 300
SECRET_BYTES_MAX: Final = 16_384
SEALED_LENGTH_MAX: Final = 22_000  # base64 of a secret, 32 bytes of a key and 16 of a seal
HANDOVERS_MAX: Final = 100  # of one delivery, and as many requests
TAKEN_AGAIN_SECONDS: Final = 3_600  # for which a lost connection loses nothing
BARE_FORMAT, DOCUMENT_FORMAT = 1, 2  # a secret alone; endpoint and secret in one document
SCOPES_MAX: Final = 16
SCOPE_LENGTH_MAX: Final = 40
KEY_HINT_LENGTH: Final = 4  # the last characters of a key, by which two people know it again
REQUESTS_A_MINUTE_MAX: Final = 1_000_000
OVERLAP_SECONDS_MAX: Final = 24 * 3_600  # for which a key that is replaced still counts


class HandoverKeyKind(TextChoices):
    """What a key of a buyer is for."""

    SSH = "SSH", _("SSH key: it is let in")
    SEAL = "SEAL", _("Sealing key: secrets are encrypted to it")


class AccessWay(TextChoices):
    """How an endpoint comes to a buyer."""

    SEALED = "SEALED", _("Sealed to the buyer's key")
    PLAIN = "PLAIN", _("In the open, as the buyer chose")
    EARLIER = "EARLIER", _("As it was asked for before endpoints were sealed")


class AccessKind(TextChoices):
    """What kind of place an endpoint is; the market knows no more of one that is sealed."""

    SSH = "SSH", _("SSH")
    HTTPS = "HTTPS", _("HTTPS")
    OTHER = "OTHER", _("Another protocol")


class RenewalReason(TextChoices):
    """Why a buyer asks for other access than it has."""

    NONE = "", _("None given")
    LOST = "lost", _("The secret, or the file of the sealing key, is lost")
    LEAKED = "leaked", _("Somebody else may know it: the former access ends at once")
    EXPIRES = "expires", _("It expires")
    ROUTINE = "routine", _("It is replaced from time to time")


class ErasedBecause(TextChoices):
    """Why the market holds a sealed secret no longer."""

    NOT_ERASED = "", _("It is still held")
    TAKEN = "TAKEN", _("It was taken")
    REPLACED = "REPLACED", _("Another one took its place")
    OVER = "OVER", _("The delivery is over")


@dataclass(frozen=True, slots=True)
class ReadKey:
    """A public key as it is kept, and the fingerprint by which two people compare it."""

    text: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ScopedKey:
    """What is said in the open of a key for a programming interface; the key itself is sealed."""

    scopes: Sequence[str] = ()  # what it may; none: all that was ordered
    expires_at: datetime | None = None  # none: with its order
    requests_a_minute: int | None = None
    hint: str = ""  # its last four characters
    former_until: datetime | None = None  # until when the former key counts; none: not any more


class HandoverKeyNotFound(NotFound):
    """There is no such key, or it is someone else's; the two look alike."""

    code = "handover_key_not_found"
    sentence = _("There is no such key.")


class HandoverKeyInvalid(InvalidInput):
    """The text is no public key that can be used."""

    code = "handover_key_invalid"
    status = 422
    sentence = _("This is no public key that can be used: %(why)s")


class HandoverKeyTaken(Refusal):
    """The organisation has this key already."""

    code = "handover_key_taken"
    sentence = _("This key is listed already.")


class TooManyHandoverKeys(Refusal):
    """The organisation has as many keys of the kind as it may."""

    code = "handover_keys_too_many"
    status = 422
    sentence = _("An organisation has at most %(most)d keys of a kind. Withdraw one first.")


class HandoverNeedsKeys(Refusal):
    """Nothing can be handed over to a buyer who named no key."""

    code = "handover_needs_keys"
    status = 422
    sentence = _("Add an SSH key or a sealing key first.")


class HandoverNeedsSealing(Refusal):
    """There is no key to seal an endpoint to, and it was not asked for in the open."""

    code = "handover_needs_sealing_key"
    status = 422
    sentence = _("Make a sealing key first, or ask for the endpoint in the open.")


class HandoverRefused(Refusal):
    """The delivery is over, or stands at a request that is newer than the one answered."""

    code = "handover_refused"
    sentence = _("This is not asked for, or no longer: %(why)s")


class HandoverEmpty(InvalidInput):
    """Nothing that was sealed was given, and no endpoint."""

    code = "handover_empty"
    status = 422
    sentence = _("Give what was sealed; an endpoint, where the buyer wants it in the open.")


class EndpointInvalid(InvalidInput):
    """The text is no place that a buyer can reach."""

    code = "handover_endpoint_invalid"
    status = 422
    sentence = _("Write a host, host:port, or an address that begins with ssh:// or https://.")


class SealedInvalid(InvalidInput):
    """The text is nothing that was sealed to a key."""

    code = "sealed_invalid"
    status = 422
    sentence = _("This was not sealed by the page or by the command.")


class NothingToTake(Refusal):
    """No secret waits for the buyer."""

    code = "handover_nothing_to_take"
    sentence = _("There is no secret to take. Ask for access anew if it is lost.")


class EndpointPlain(Refusal):
    """An endpoint was given in the open, though the buyer wants it sealed."""

    code = "handover_endpoint_plain"
    status = 422
    sentence = _(
        "Seal the endpoint with the secret, in one document of format 2: the buyer did not ask"
        " for it in the open."
    )


class SealedFormatUnknown(InvalidInput):
    """What was sealed is said to have a format that there is not."""

    code = "sealed_format_unknown"
    status = 422
    sentence = _("There is no such format: 2 is a document, 1 a secret alone.")


class ScopedKeyInvalid(InvalidInput):
    """What was said of a key breaks its limits."""

    code = "scoped_key_invalid"
    status = 422
    sentence = _("This cannot be said of the key: %(why)s")


class KeyNotMissing(Refusal):
    """A provider waits for a key that is there, or that is of no use any more."""

    code = "handover_key_not_missing"
    sentence = _("The buyer has named a key already, or the delivery is past that.")


class AccessNotAsked(Refusal):
    """It is said to be ready, and nobody can be let in: its buyer has named no key."""

    code = "delivery_access_not_asked"
    sentence = _(
        "The buyer has named no key: nobody can be let in, so it is not ready. Say on the page of"
        " its access that you wait for a key: your time stands still until one is named."
    )


class AccessNotHanded(Refusal):
    """It is said to be ready, and what its buyer asked for was not handed over."""

    code = "delivery_access_not_handed_over"
    sentence = _(
        "The buyer asked for access, and nothing was handed over: hand it over on the page of its"
        " access, then it is ready."
    )

"""What other rooms see of keys and of how access is handed over: words, limits and refusals."""

from dataclasses import dataclass
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


class HandoverKeyKind(TextChoices):
    """What a key of a buyer is for."""

    SSH = "SSH", _("SSH key: it is let in")
    SEAL = "SEAL", _("Sealing key: secrets are encrypted to it")


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


class HandoverRefused(Refusal):
    """The delivery is over, or stands at a request that is newer than the one answered."""

    code = "handover_refused"
    sentence = _("This is not asked for, or no longer: %(why)s")


class HandoverEmpty(InvalidInput):
    """Neither an endpoint nor a sealed secret was given."""

    code = "handover_empty"
    status = 422
    sentence = _("Give an endpoint, a sealed secret, or both.")


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

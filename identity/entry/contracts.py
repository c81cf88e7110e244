"""What other rooms see of the ways in, and what is refused at them."""

from datetime import timedelta
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal

RECOVERY_KIND: Final = "identity.recovery"
SSO_KIND: Final = "identity.sso"
REASON_MAX: Final = 500
INVITATION_DAYS: Final = 14
INVITATION_SENDS_MAX: Final = 5
INVITATION_SENT_EVERY: Final = timedelta(minutes=10)
ADDRESS_CHANGE_HOURS: Final = 24
ACCESS_TOKEN_SECONDS: Final = 900
ACCESS_TOKENS_MAX: Final = 100  # of one key, good at the same time
DOMAINS_MAX: Final = 20
ROLE_VALUES_MAX: Final = 50
TOKEN_PREFIX: Final = "spo_"  # noqa: S105 - by which secret scanners know tokens


class InvitationState(TextChoices):
    """Where an invitation stands."""

    WAITING = "WAITING", _("Waits for the person")
    ACCEPTED = "ACCEPTED", _("The person signed in")
    EXPIRED = "EXPIRED", _("Expired")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


class InvitationNotFound(NotFound):
    """No such invitation, or another organisation's."""


class InvitationOver(Refusal):
    """An invitation that was answered, expired or withdrawn is over."""

    code = "invitation_over"
    sentence = _("This invitation is over: invite the person anew, or take the role away.")


class InvitationSentJustNow(Refusal):
    """Letters are not sent again and again."""

    code = "invitation_sent_just_now"
    sentence = _("The letter was sent a moment ago, or five times already.")


class AddressChangeOver(InvalidInput):
    """A link that was used, is too old or was never sent."""

    code = "address_change_over"
    sentence = _("This link is used up or too old. Ask for a new one in your profile.")


class AddressTaken(Refusal):
    """Another person signs in with this address."""

    code = "address_taken"
    sentence = _("This address cannot be used.")


class PersonUnknown(InvalidInput):
    """Nobody signs in with this address."""

    code = "person_unknown"
    sentence = _("Nobody signs in with this address.")


class NothingToRecover(Refusal):
    """Who has no second factor needs no recovery: a letter sets a new password."""

    code = "nothing_to_recover"
    sentence = _("This person has no second factor: the letter of a new password is enough.")


class SsoConnectionNotFound(NotFound):
    """No such connection, or another organisation's."""


class SsoInvalid(InvalidInput):
    """What describes a connection is wrong."""

    code = "sso_invalid"
    sentence = _("This cannot be connected: %(because)s.")


class SsoDomainTaken(Refusal):
    """A domain signs in by one connection."""

    code = "sso_domain_taken"
    sentence = _("The domain %(domain)s signs in by another connection.")


class SsoFailed(Refusal):
    """The other side's answer proves nobody."""

    code = "sso_failed"
    status = 403
    sentence = _("Signing in by your organisation did not work: %(because)s.")


class Unconfirmed(TextChoices):
    """Why an answer of an identity provider proves nobody. Stable: it is API."""

    STATE = "state", _("the answer belongs to no sign-in that was begun here")
    REFUSED = "refused", _("the provider refused")
    UNREACHABLE = "unreachable", _("the provider cannot be reached")
    MALFORMED = "malformed", _("the provider's answer cannot be read")
    SIGNATURE = "signature", _("the signature is wrong")
    ISSUER = "issuer", _("it was issued by somebody else")
    AUDIENCE = "audience", _("it was issued for somebody else")
    EXPIRED = "expired", _("it has expired")
    NONCE = "nonce", _("it answers another sign-in")
    EMAIL = "email", _("the e-mail address is not confirmed")
    DOMAIN = "domain", _("the e-mail address is not of your organisation's domains")
    NO_ROLE = "no_role", _("your organisation gave you no role here")
    ELSEWHERE = "elsewhere", _("you act for another organisation, too: use your password")
    CLOSED = "closed", _("the account is closed")


class OAuthRefused(Refusal):
    """The token endpoint says no, in the words of RFC 6749."""

    code = "oauth_refused"
    status = 400
    sentence = _("No token is given: %(error)s.")

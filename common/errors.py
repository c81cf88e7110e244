"""What the market refuses, and how it says so."""

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of the program
    """
    An expected "no" that a caller can act on: a stable code, a sentence, and the facts.

    `field` names the input that was refused, if one was. `facts` become members of the API's
    problem document and fill the placeholders of `sentence`; they never describe other tenants.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    keeps_writes: ClassVar[bool] = False  # what was written before it was raised stays
    sentence: ClassVar[str | Promise] = _("The request was refused.")

    def __init__(self, *, field: str | None = None, **facts: Any) -> None:
        super().__init__(self.code)
        self.field = field
        self.facts = facts

    def __str__(self) -> str:
        """Return the sentence in the reader's language."""
        return str(self.sentence) % self.facts if self.facts else str(self.sentence)


class NotFound(Refusal):
    """The object does not exist or belongs to someone else; the two look alike."""

    code = "not_found"
    status = 404
    sentence = _("Nothing was found under this address.")


class InvalidInput(Refusal):
    """A value breaks its format or its limit."""

    code = "invalid"
    status = 400
    sentence = _("This value is not valid.")


class Forbidden(Refusal):
    """The actor's role or scope does not reach this far."""

    code = "permission_denied"
    status = 403
    sentence = _("Your role does not allow this.")

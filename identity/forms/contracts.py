"""What other rooms see of forms: how questions are answered, bounds, and what is refused."""

from enum import StrEnum
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal

CODE_LENGTH_MAX: Final = 40
FIELDS_MAX: Final = 100
CHOICES_MAX: Final = 50
TEXT_MAX: Final = 2_000
WORDS_MAX: Final = 500
DEFINITION_BYTES_MAX: Final = 200_000
SUBJECT_LENGTH_MAX: Final = 80


class FieldType(StrEnum):
    """How a question is answered."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    WHOLE = "whole"
    AMOUNT = "amount"  # whole fen
    DAY = "day"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    FILE = "file"


class FormPurpose(TextChoices):
    """Where a form is asked."""

    APPLICATION = "APPLICATION", _("Application for a voucher")
    CERTIFICATE = "CERTIFICATE", _("Request of a certificate")
    STANDING = "STANDING", _("Asked of every organisation")


class Prefill(StrEnum):
    """What the register says of an organisation, offered as the answer."""

    NAME = "organization.name"
    NAME_EN = "organization.name_en"
    CODE = "organization.uscc"
    REGION = "organization.region"
    INDUSTRY = "organization.industry"


class InvalidAnswers(InvalidInput):
    """A question was not answered, or not as it asks."""

    code = "invalid_answers"
    sentence = _("“%(question)s”: %(problem)s")


class InvalidForm(InvalidInput):
    """A definition cannot be asked."""

    code = "invalid_form"
    sentence = _("The form is not valid at “%(path)s”: %(problem)s")


class UnknownForm(NotFound):
    """There is no such form."""


class FormChanged(Refusal):
    """Another version is asked now."""

    code = "form_changed"
    sentence = _("Version %(version)s of this form is asked now: look at it and send it again.")


class ConsentMissing(InvalidInput):
    """Nothing is taken without consent to the words that stand below the form."""

    code = "consent_missing"
    sentence = _("Your consent is needed, to the words as they read now.")

"""What others see of the directory, and what is refused."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.errors import InvalidInput, Refusal

CODE_LENGTH_MAX: Final = 60
VERSION_LENGTH_MAX: Final = 40
TITLE_LENGTH_MAX: Final = 200
NOTE_LENGTH_MAX: Final = 500


class DirectoryKind(TextChoices):
    """What an entry of the directory is."""

    STANDARD = "STANDARD", _("Standard")
    POLICY = "POLICY", pgettext_lazy("of a government", "Policy")
    TECHNOLOGY = "TECHNOLOGY", _("Technology")
    RULE = "RULE", _("Rule of this market")


class SupportKind(TextChoices):
    """How far this node does what an entry says."""

    WHOLE = "WHOLE", _("supported")
    PARTLY = "PARTLY", _("partly")
    NONE = "NONE", _("not supported")


class EntryInvalid(InvalidInput):
    """An entry has not its form, or names a rule that there is not."""

    code = "directory_entry_invalid"
    sentence = _("An entry has a kind, a code, a version, a title, and links to rules there are.")


class EntryThere(Refusal):
    """What an entry says of a version is said once."""

    code = "directory_entry_there"
    sentence = _("There is an entry of this code and version; enter another version.")

"""What other rooms see of the size that suppliers qualify with."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput

SIZE_KIND: Final = "vouchers.supplier_size"  # What takes two operators.
REFERENCE_MAX: Final = 80
SIZE_MAX: Final = 10**9


class SizeOrigin(TextChoices):
    """How a size came to be known."""

    QUALIFIED = "QUALIFIED", _("Qualified on documents")
    AUDITED = "AUDITED", _("Found by an audit")


class InvalidSupplierSize(InvalidInput):
    """A size of a supplier is none, or nothing proves it."""

    code = "invalid_supplier_size"
    sentence = _("This size is not valid: %(problem)s")

"""Acts that move money for good: a sheet says what happens, and the amount is typed again."""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.portal.forms import MoneyField, OnceForm

CONFIRM: Final = "confirm"
AGAIN: Final = "confirmed_minor"


class ConfirmedForm(OnceForm):
    """
    A form that acts at its second sending, once its amount was typed a second time.

    The first sending shows the sheet, and so does a second amount that is another one.
    """

    confirmed_minor = MoneyField(label=gettext_lazy("Type the amount again"), required=False)

    def clean(self) -> dict[str, Any]:
        """Compare both amounts."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        amount, again = cleaned.get("amount_minor"), cleaned.get(AGAIN)
        if self.is_at_sheet and AGAIN not in self.errors and amount != again:
            told = _("This is not the amount above.") if again else _("Type the amount here.")
            self.add_error(AGAIN, ValidationError(told, code="mistyped"))
        return cleaned

    @property
    def is_at_sheet(self) -> bool:
        """Return whether the sheet was sent, rather than the form before it."""
        return self.data.get("step") == CONFIRM

    @property
    def shows_sheet(self) -> bool:
        """Return whether everything but the second amount is right, so that the sheet is next."""
        is_changing = self.data.get("step") == "change"
        return self.is_bound and not is_changing and not (self.errors.keys() - {AGAIN})

    @property
    def is_confirmed(self) -> bool:
        """Return whether the act may be carried out."""
        return self.is_at_sheet and self.is_valid()

    @property
    def kept(self) -> list[forms.BoundField]:
        """Return the fields that the sheet carries along unseen."""
        return [self[name] for name in self.fields if name not in (AGAIN, "key")]

    def values(self) -> dict[str, Any]:
        """Return what was typed, without the key and the second amount."""
        return {name: value for name, value in super().values().items() if name != AGAIN}

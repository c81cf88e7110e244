"""Tables of the register beside its resources: which profile is in use when."""

from typing import ClassVar

from django.db import models


class ProfileUse(models.Model):
    """From when on new resources get codes of a profile, until the next row says otherwise."""

    id = models.BigAutoField(primary_key=True)
    profile = models.ForeignKey(
        "identity.IdentifierProfile", on_delete=models.PROTECT, related_name="+"
    )
    from_at = models.DateTimeField(unique=True)

    class Meta:
        indexes: ClassVar = []

    def __str__(self) -> str:
        return f"{self.profile_id} from {self.from_at:%Y-%m-%d}"

"""CHECKs that call a function of the database."""

from django.db.models import BooleanField, Func


class Sound(Func):
    """Whether a JSON value has the shape that a function of the database knows."""

    output_field = BooleanField()
    conditional = True

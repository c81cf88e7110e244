"""How a person wants letters."""

from collections.abc import Mapping

from django.db import transaction

from identity.contracts import Actor
from identity.notices.contracts import Letters, Topic
from identity.notices.models import LetterChoice


@transaction.atomic
def choose_letters(actor: Actor, choices: Mapping[Topic, Letters]) -> None:
    """Keep when a person wants letters about some topics, in the actor's organisation."""
    LetterChoice.objects.bulk_create(
        [
            LetterChoice(
                user_id=actor.person_id,
                organization_id=actor.organization_id,
                topic=topic,
                letters=letters,
            )
            for topic, letters in sorted(choices.items())
        ],
        update_conflicts=True,
        unique_fields=["user", "organization", "topic"],
        update_fields=["letters"],
    )

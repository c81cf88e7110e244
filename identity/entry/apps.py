from django.apps import AppConfig


class EntryConfig(AppConfig):
    """The room of the ways in: invitations, other sign-ins, tokens of programs, recovery."""

    name = "identity.entry"
    label = "entry"

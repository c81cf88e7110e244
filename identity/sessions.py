"""Sessions in the database, of which a copy of the table opens none; they end by its clock."""

import hashlib
from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db.models import QuerySet
from django.db.models.functions import Now


class SessionStore(db.SessionStore):
    """
    Django's store, but the table holds hashes of the keys that browsers hold.

    The data is signed together with the key: copied to another session's row it is nobody's.
    """

    @property
    def key_salt(self) -> str:
        """Return what the data is signed with beside the secret key."""
        return f"identity.sessions.{stored_key(self.session_key or '')}"

    def _rows(self, session_key: str) -> QuerySet[AbstractBaseSession]:
        return self.model.objects.filter(session_key=stored_key(session_key))

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        found = self._rows(self.session_key or "").filter(expire_date__gt=Now()).first()
        if found is None:
            self._session_key = None
        return found

    def exists(self, session_key: str) -> bool:
        """Return whether there is a session of this key."""
        return self._rows(session_key).exists()

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        """Return the row that keeps this session."""
        row = super().create_model_instance(data)
        row.session_key = stored_key(row.session_key)
        # A web process whose clock is off makes no session that is over or that lasts.
        row.expire_date = Now() + timedelta(seconds=self.get_expiry_age())
        return row

    def delete(self, session_key: str | None = None) -> None:
        """End a session, by default this one."""
        if (chosen := session_key or self.session_key) is not None:
            self._rows(chosen).delete()


def stored_key(session_key: str) -> str:
    """Return the form in which a key is kept: 160 bits of its hash, as the column is wide."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:40]

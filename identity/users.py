"""How people who sign in are made."""

from typing import TYPE_CHECKING

from django.contrib.auth.base_user import BaseUserManager

if TYPE_CHECKING:
    from identity.models import User


class UserManager(BaseUserManager["User"]):
    """Users are known by their e-mail address."""

    use_in_migrations = False

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Return a new user; without a password, one that cannot sign in by password."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Return a new user of the administration site."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

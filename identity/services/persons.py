"""Who stands behind an act: checks that hold until the act is committed."""

from uuid import UUID

from django.db import connection

from common.errors import Forbidden
from identity.contracts import Role, SecondPersonRequired


def hold_role(*, person_id: int, organization_id: UUID, role: Role) -> None:
    """
    Keep a person's role as it is until the transaction ends.

    A request reads its actor's roles when it begins; what moves money asks again, and whoever takes
    the role away meanwhile waits for it.

    :raises Forbidden: if the person does not hold the role there, or may not sign in any more
    """
    if not _ask("SELECT identity_hold_role(%s, %s, %s)", [person_id, organization_id, str(role)]):
        raise Forbidden


def require_outsider(*, person_id: int, organization_id: UUID) -> None:
    """
    Let nobody judge an organisation that they belong to.

    :raises SecondPersonRequired: if the person is a member of it, in whatever role
    """
    if _ask("SELECT identity_belongs(%s, %s)", [person_id, organization_id]):
        raise SecondPersonRequired


def _ask(question: str, about: list[int | UUID | str]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question, about)
        row = cursor.fetchone()
    return bool(row and row[0])

"""
Who may call an API operation: what its view declares, and nothing else.

A view declares `required_roles` (method → roles, one of which the actor must hold) and
`required_scopes` (method → the scope an API key must carry). `public = True` opens the reading
methods to everyone. A method without a declaration is refused: the wall fails closed. A method with
roles and without a scope is for persons: deciding, granting, putting money in. Keys and tokens of a
suspended organisation are refused everywhere; its people where no view says `open_to_suspended`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from common.errors import Forbidden
from identity.contracts import ANY_MEMBER, Actor, OrganizationSuspended, Role

if TYPE_CHECKING:  # DRF's views load this module while they are loaded themselves.
    from rest_framework.views import APIView


class ScopeMissing(Forbidden):
    """The API key does not carry the scope that the operation asks for."""

    code = "scope_missing"
    sentence = _("This API key lacks the scope %(scope)s.")


class SecondFactorMissing(Forbidden):
    """The role waits until its holder has set up a second factor."""

    code = "second_factor_missing"
    sentence = _("Set up two-step sign-in before you act in this role.")


class PersonRequired(Forbidden):
    """The act needs somebody who is signed in: programs may not decide or grant."""

    code = "person_required"
    sentence = _("A person who is signed in must do this; an API key cannot.")


class HasRole(BasePermission):
    """Compare the actor with what the view declares."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """
        Return whether the actor may call this method of the view.

        :raises Forbidden: if the actor is known and may not
        :raises MethodNotAllowed: if nobody may, because there is no such operation
        """
        method = "GET" if request.method == "HEAD" else str(request.method)
        # What a resource cannot do is told to everybody: it is no question of rights.
        if method == "OPTIONS" or not hasattr(view, method.lower()):
            raise MethodNotAllowed(method)
        actor: Actor | None = getattr(request, "actor", None)
        is_public = method == "GET" and getattr(view, "public", False)
        is_open = is_public or getattr(view, "open_to_suspended", False)
        _require_standing(actor, is_open=is_open)
        if is_public:
            return True
        if not request.user.is_authenticated:
            return False
        declared: Mapping[str, frozenset[Role]] = getattr(view, "required_roles", {})
        if actor is None or method not in declared:
            raise Forbidden
        _require_role(actor, declared[method])
        if actor.scopes is not None:
            _require_scope(actor, getattr(view, "required_scopes", {}).get(method))
        return True


def _require_standing(actor: Actor | None, *, is_open: bool) -> None:
    """Let a suspended organisation do nothing: keys and agents never, people where it is open."""
    if actor is not None and actor.is_suspended and (actor.is_program or not is_open):
        raise OrganizationSuspended


def _require_role(actor: Actor, allowed: frozenset[Role]) -> None:
    if actor.has_role(*allowed):
        return
    # What every member may do needs no second factor: setting one up is among it.
    if actor.withheld_roles and allowed == ANY_MEMBER:
        return
    raise SecondFactorMissing if actor.withheld_roles & allowed else Forbidden


def _require_scope(actor: Actor, scope: str | None) -> None:
    if scope is None:
        raise PersonRequired
    if actor.scopes is None or scope not in actor.scopes:
        raise ScopeMissing(scope=scope)

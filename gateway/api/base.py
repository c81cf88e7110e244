"""Views that may ask other nodes: they hold no transaction while a stranger thinks."""

from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import doing
from identity.http import actors
from identity.http.problems import problem_handler
from identity.middleware import session_actor


class OutwardView(APIView):
    """
    A view outside the request's transaction.

    Who calls is found out in a transaction of its own, which ends before the handler begins. The
    handler reads and writes in short blocks and asks others between them; without an actor's tenant
    it sees public rows only.
    """

    public = True

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        """Return the view, marked as one that opens its transactions by itself."""
        return transaction.non_atomic_requests(super().as_view(**initkwargs))

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer; whoever acts in it is forgotten with it."""
        with doing.by(doing.NOBODY):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Find out who calls and whether they may, in a short transaction."""
        with transaction.atomic():
            if request._request.session.session_key:
                actors.act(request._request, session_actor(request._request))
            super().initial(request, *args, **kwargs)

    def get_exception_handler(self) -> Callable[[Exception, Any], Response | None]:
        """Return what words a refusal; there is no transaction of the request to roll back."""
        return _worded_outside


def _worded_outside(exc: Exception, context: Any) -> Response | None:
    if not connection.in_atomic_block:
        return problem_handler(exc, context)
    before = connection.get_rollback()  # Somebody else's, who goes on with it.
    response = problem_handler(exc, context)
    connection.set_rollback(before)
    return response

"""Acts for which whoever is signed in has just shown again who they are."""

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from common.errors import Refusal


class RecentSignInRequired(Refusal):
    """Whoever asks has to show again who they are."""

    code = "recent_sign_in_required"
    status = 403
    sentence = _("Confirm who you are at /accounts/reauthenticate/, then send this again.")


def require_recent_sign_in(request: Request) -> None:
    """
    Let only those go on who signed in, or confirmed it, a short time ago.

    :raises RecentSignInRequired: if it is longer ago
    """
    # Needs the table of users; views of the API are read before it is there.
    from allauth.account.decorators import reauthentication_required
    from allauth.core.exceptions import ReauthenticationRequired

    asks = reauthentication_required(lambda _request: None)
    try:
        asks(request._request)
    except ReauthenticationRequired as error:
        raise RecentSignInRequired from error

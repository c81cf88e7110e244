"""Views for other nodes: each request is signed by one, and used once."""

from typing import ClassVar
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from django.conf import settings
from rest_framework.request import Request

from common import clock
from gateway import fetching
from gateway.api.base import OutwardView
from gateway.peering import services
from gateway.peering.contracts import (
    BODY_BYTES_MAX,
    PUSH_BYTES_MAX,
    KeyUnknown,
    PeerActor,
    PeerScope,
    PushTooLarge,
)
from gateway.peering.rules import httpsig
from identity.http.uploads import AnyBytes

SIGNED_HEADERS = (
    "content-digest",
    "content-type",
    "suanpan-node",
    "suanpan-epoch",
    "signature-input",
    "signature",
)


def own_authority() -> str:
    """Return the host and port that requests to this node are signed for."""
    return str(urlsplit(settings.PUBLIC_URL).netloc)


class PeerView(OutwardView):
    """
    A view that only other nodes reach, by the scope that it names.

    No session, no key and no organisation counts here; what forwarded headers say does not either.
    """

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (AnyBytes,)
    scope: ClassVar[PeerScope]
    body_bytes_max: ClassVar[int] = BODY_BYTES_MAX
    peer: PeerActor

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Find out which node asks, before anything of the body is read as more than bytes."""
        super().initial(request, *args, **kwargs)
        raw = request._request
        if len(raw.body) > min(self.body_bytes_max, PUSH_BYTES_MAX):
            raise PushTooLarge
        message = httpsig.HttpMessage(
            method=str(raw.method),
            authority=raw.META.get("HTTP_HOST", ""),
            path=raw.path_info,
            query=raw.META.get("QUERY_STRING", ""),
            headers={
                name: raw.headers[name].strip() for name in SIGNED_HEADERS if name in raw.headers
            },
            body=raw.body,
        )
        now = clock.now()
        read = httpsig.read(message, own_authority=own_authority(), now=int(now.timestamp()))
        self.peer = self._take(read, get_adapter().get_client_ip(raw))

    def _take(self, read: httpsig.ReadSignature, address: str) -> PeerActor:
        try:
            return services.take_request(
                signature=read, scope=self.scope, address=address, now=clock.now()
            )
        except KeyUnknown:
            # A key that came since is fetched once a minute, from where two people said it lies.
            if not fetching.refresh_keys(read.node):
                raise
        return services.take_request(
            signature=read, scope=self.scope, address=address, now=clock.now()
        )

"""Bodies that are files, as they came."""

from typing import IO, Any

from rest_framework.parsers import BaseParser


class AnyBytes(BaseParser):
    """A body of any type, as it came."""

    media_type = "*/*"

    def parse(  # type: ignore[override] # not a mapping on purpose
        self,
        stream: IO[Any],  # noqa: ARG002 - DRF's signature
        media_type: str | None = None,  # noqa: ARG002 - DRF's signature
        parser_context: Any = None,
    ) -> bytes:
        """Return the body; how large it may be is the server's limit and then the service's."""
        # Checking a session's token parses, too: what is read must be there for the next reader.
        body: bytes = parser_context["request"]._request.body
        return body

"""Bodies that are kept as bytes, within a bound."""

from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import BaseParser

from metering.senders.contracts import RequestTooLarge


class ProtobufBody(BaseParser):
    """A message of protocol buffers, packed or not."""

    media_type = "application/x-protobuf"

    def parse(  # type: ignore[override] # not a mapping on purpose
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002 - DRF's signature
        parser_context: Any = None,  # noqa: ARG002 - DRF's signature
    ) -> bytes:
        """
        Return the body, as it came.

        :raises RequestTooLarge: rather than read an endless one
        """
        most = settings.METERING_SENDERS_BYTES_MAX
        body: bytes = stream.read(most + 1)
        if len(body) > most:
            raise RequestTooLarge.with_limits()
        return body


class JsonBody(ProtobufBody):
    """The same in its JSON form."""

    media_type = "application/json"

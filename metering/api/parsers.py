"""Bodies that are kept as bytes: a signature covers every one of them."""

from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser

from common import media_types
from metering import cloudevents
from metering.contracts import BatchTooLarge


class StructuredEvents(BaseParser):
    """One event with its attributes in the body."""

    media_type = cloudevents.STRUCTURED

    def parse(  # type: ignore[override] # not a mapping on purpose
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002 - DRF's signature
        parser_context: Any = None,  # noqa: ARG002 - DRF's signature
    ) -> bytes:
        """
        Return the body, as it came.

        :raises BatchTooLarge: rather than read an endless one
        """
        body: bytes = stream.read(settings.METERING_BATCH_BYTES_MAX + 1)
        if len(body) > settings.METERING_BATCH_BYTES_MAX:
            raise BatchTooLarge.with_limits()
        return body


class BatchedEvents(StructuredEvents):
    """Many events in one array."""

    media_type = cloudevents.BATCH


class BinaryEvent(StructuredEvents):
    """The data of one event, of any type of JSON; its attributes are `ce-` headers."""

    media_type = "application/*"

    def parse(  # type: ignore[override] # not a mapping on purpose
        self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None
    ) -> bytes:
        """
        Return the body, as it came.

        :raises UnsupportedMediaType: if it is no JSON
        """
        if not media_types.parse(media_type or "").is_json:
            raise UnsupportedMediaType(media_type or "")
        return super().parse(stream, media_type, parser_context)

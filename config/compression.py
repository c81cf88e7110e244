"""Pages are compressed on their way, except those that show a secret (ADR 0803)."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class PageCompressionMiddleware(GZipMiddleware):
    """
    Compress pages; leave alone what is none, and pages that show a secret.

    The length of a compressed page tells something of what is in it to whoever may put words into
    it and see the length. Django masks the CSRF token anew each time and adds up to 100 bytes of
    chance; a page that shows another secret says `no-store`, or belongs to the sign-in.
    """

    max_random_bytes = 100

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Compress a page."""
        is_page = response.get("Content-Type", "").startswith("text/html")
        is_secret = "no-store" in response.get("Cache-Control", "")
        if is_page and not is_secret and not request.path.startswith("/accounts/"):
            return super().process_response(request, response)
        return response

"""How the API's schema describes the two ways to sign in."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describe API keys in the schema."""

    target_class = "identity.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002
        """Return the OpenAPI security scheme."""
        return {"type": "http", "scheme": "bearer", "description": "An API key of Suanpan."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describe the session cookie in the schema."""

    target_class = "identity.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002
        """Return the OpenAPI security scheme."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}

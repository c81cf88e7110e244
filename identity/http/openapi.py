"""What every operation of the API's schema shares: how to sign in, who may call, how it says no."""

from typing import Any, Final

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from common.outages import Outage
from identity.contracts import ANY_MEMBER
from identity.http.problems import PROBLEM_TYPE, RETRY_AFTER_SECONDS
from identity.privacy import classes

_TEXT: Final = {"type": "string"}
# Members by whose names one knows what they tell, wherever they come from.
CAREFUL: Final = {
    "email": "PERSONAL",
    "person_name": "PERSONAL",
    "holder": "PERSONAL",
    "party_account": "PERSONAL",
    "secret": "SECRET",
}
PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "Why a request was refused (RFC 9457). Some codes add facts as members.",
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": _TEXT | {"minLength": 1, "description": "Stable: programs decide by it."},
        "detail": _TEXT | {"minLength": 1, "description": "A sentence in the reader's language."},
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {
                    "field": _TEXT | {"nullable": True, "description": "The input at fault."},
                    "code": _TEXT | {"minLength": 1},
                    "detail": _TEXT | {"minLength": 1},
                },
                "required": ["field", "code", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "code", "detail", "errors"],
}
_CONTENT: Final = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
RESPONSES: Final[dict[str, Any]] = {
    "Refused": {
        "description": "The request was refused; nothing was changed.",
        "content": _CONTENT,
    },
    "TooMany": {
        "description": "More requests than the limit of the key, the organisation, the person or "
        "the address; nothing was looked up. Every answer tells what is left.",
        "headers": {
            "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
            "RateLimit": {
                "description": "What is left (r) and for how many seconds (t).",
                "schema": _TEXT | {"example": '"key";r=11999;t=60'},
            },
            "RateLimit-Policy": {
                "description": "How many requests (q) in how many seconds (w).",
                "schema": _TEXT | {"example": '"key";q=12000;w=60'},
            },
        },
        "content": _CONTENT,
    },
    "Unavailable": {
        "description": "The database is away for a moment; nothing was changed.",
        "headers": {
            "Retry-After": {
                "description": "Seconds to wait.",
                "schema": {"type": "integer", "example": RETRY_AFTER_SECONDS[Outage.DATABASE]},
            }
        },
        "content": _CONTENT,
    },
}


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describe API keys in the schema."""

    target_class = "identity.http.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002
        """Return the OpenAPI security scheme."""
        return {"type": "http", "scheme": "bearer", "description": "An API key of Suanpan."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describe the session cookie in the schema."""

    target_class = "identity.http.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002
        """Return the OpenAPI security scheme."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


class MarketSchema(AutoSchema):
    """Reads from a view who may call it, as `identity.http.permissions` does."""

    def get_auth(self) -> list[dict[str, Any]]:
        """Return the ways to sign in; what is public asks for none."""
        ways: list[dict[str, Any]] = super().get_auth()
        return [*ways, {}] if self._is_public() else ways

    def get_description(self) -> str:  # type: ignore[override] # of DRF's own, other schema
        """Return what the operation does, and for whom."""
        return f"{super().get_description() or ''}\n\n{self._audience()}".strip()

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        """Say of which class of data a component is, and which of its members need more care."""
        mapped: Any = super()
        schema = mapped._map_basic_serializer(serializer, direction)
        serializer = serializer() if isinstance(serializer, type) else serializer
        model = getattr(getattr(serializer, "Meta", None), "model", None)
        table = classes.kept_tables().get(model._meta.db_table) if model else None
        if table:
            schema |= {"x-data-class": table.data_class, "x-data-level": table.level}
        for name, member in schema.get("properties", {}).items():
            source = str(getattr(serializer.fields.get(name), "source", name))
            level = CAREFUL.get(name) or (table.columns.get(source) if table else None)
            if level:
                member["x-data-level"] = level
        return schema

    def _is_public(self) -> bool:
        return self.method == "GET" and getattr(self.view, "public", False)

    def _audience(self) -> str:
        if self._is_public():
            return "Open to everyone."
        roles = getattr(self.view, "required_roles", {}).get(self.method, frozenset())
        names = "any member" if roles == ANY_MEMBER else ", ".join(sorted(roles))
        scope = getattr(self.view, "required_scopes", {}).get(self.method)
        keys = f"An API key needs the scope `{scope}`." if scope else "Closed to API keys."
        return f"For {names}. {keys}"


_PROTOBUF: Final = "application/x-protobuf"
# Whoever speaks protocol buffers is refused in them, with the status of the RPC that they know.
_REFUSED_IN_KIND: Final = {
    "description": RESPONSES["Refused"]["description"],
    "content": RESPONSES["Refused"]["content"]
    | {_PROTOBUF: {"schema": {"type": "string", "format": "binary"}}},
}


def document_refusals(
    result: dict[str, Any],
    generator: object,  # noqa: ARG001 - drf-spectacular's signature
    request: object,  # noqa: ARG001
    public: bool,  # noqa: ARG001
) -> dict[str, Any]:
    """Give every operation its problem documents, written down once."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["responses"] = RESPONSES | {"RefusedInKind": _REFUSED_IN_KIND}
    for operations in result["paths"].values():
        for operation in operations.values():
            speaks_both = _PROTOBUF in operation["responses"].get("200", {}).get("content", {})
            operation["responses"] |= {
                "4XX": {"$ref": "#/components/responses/Refused"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"},
            }
            if speaks_both:
                operation["responses"]["4XX"] = {"$ref": "#/components/responses/RefusedInKind"}
    return result

"""
The interface that a driver keeps to, as OpenAPI: what the market calls, and what it takes.

`docs/driver-openapi.yaml` is the same, for those who read files; a test compares the two.
"""

from typing import Any, Final

from marketplace.drivers import wire
from marketplace.drivers.contracts import (
    MESSAGE_BYTES_MAX,
    DriverStep,
    DriverWord,
)
from marketplace.fulfilment.contracts import (
    DETAIL_LENGTH_MAX,
    EXIT_CODE_MAX,
    LOG_TAIL_MAX,
    PROVIDERS_REASONS,
)
from marketplace.fulfilment.handover_contracts import (
    BARE_FORMAT,
    DOCUMENT_FORMAT,
    ENDPOINT_LENGTH_MAX,
    HANDOVERS_MAX,
    KEY_HINT_LENGTH,
    REQUESTS_A_MINUTE_MAX,
    SCOPE_LENGTH_MAX,
    SCOPES_MAX,
    SEALED_LENGTH_MAX,
    AccessKind,
    RenewalReason,
)

_TEXT: Final = {"type": "string"}
_MOMENT: Final = {"type": "string", "format": "date-time"}
_IDENTIFIER: Final = {"type": "string", "format": "uuid"}


def openapi() -> dict[str, Any]:
    """Return the description of the interface, OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Suanpan driver interface",
            "version": str(wire.VERSION),
            "description": (
                "A driver is a program of a provider. The market POSTs each step of a delivery to"
                " its address; the driver POSTs what happened to the address in callback_url. Both"
                " are signed by the Standard Webhooks with the driver's secret. A call is sent"
                " again, under the same webhook-id, until it is answered; doing it twice must be"
                " the same as once."
            ),
        },
        "paths": {
            "/": {"post": _call()},
        },
        "webhooks": {"message": {"post": _message()}},
        "components": {"schemas": _schemas(), "parameters": _headers()},
    }


def _call() -> dict[str, Any]:
    return {
        "operationId": "take_call",
        "summary": "Take a step of a delivery, or a test",
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in _headers()],
        "requestBody": _body("Call"),
        "responses": {
            "2XX": {"description": "The step was taken; what comes of it is told by a message."},
            "401": {"description": "The signature is not right, or its time is not now."},
            "400": {"description": "The call has another shape than this; it is not sent again."},
            "409": {"description": "The step cannot follow what was told; it is not sent again."},
            "422": {
                "description": "Declined: the delivery fails with this reason at once.",
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Declined"}}
                },
            },
            "5XX": {"description": "Not now: the call is sent again."},
        },
    }


def _message() -> dict[str, Any]:
    return {
        "operationId": "tell_market",
        "summary": "Tell the market what happened; POSTed to callback_url",
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in _headers()],
        "requestBody": _body("Message"),
        "responses": {
            "200": {
                "description": "Taken, or taken before; code says what did not count, and why.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Heard"}}},
            },
            "400": {"description": "The message has another shape than this."},
            "401": {"description": "The signature is not right, or its time is not now."},
            "404": {"description": "The driver was asked for no such delivery."},
        },
    }


def _body(name: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _headers() -> dict[str, Any]:
    told = {
        "webhook-id": "The name of the call or message: the same each time it is sent.",
        "webhook-timestamp": "Seconds since 1970, at most five minutes off.",
        "webhook-signature": "One or more of v1,BASE64(HMAC-SHA256(secret, id.timestamp.body)).",
    }
    return {
        name: {
            "name": name,
            "in": "header",
            "required": True,
            "description": text,
            "schema": _TEXT,
        }
        for name, text in told.items()
    }


def _schemas() -> dict[str, Any]:
    steps = [f"driver.{step.value.lower()}" for step in DriverStep]
    return {
        "Call": _object(
            {
                "type": {"type": "string", "enum": [*steps, wire.TEST]},
                "timestamp": _MOMENT,
                "version": {"type": "integer", "const": wire.VERSION},
                "data": {"$ref": "#/components/schemas/CallData"},
            }
        ),
        "CallData": {
            "type": "object",
            "description": "Empty for a test.",
            "properties": {
                "delivery_id": _IDENTIFIER,
                "order_number": _TEXT,
                "listing": _TEXT,
                "units_milli": {"type": "integer", "description": "thousandths of a unit"},
                "starts_at": _MOMENT,
                "leaves_at": _MOMENT,
                "callback_url": _TEXT,
                "access": {"anyOf": [{"$ref": "#/components/schemas/Access"}, {"type": "null"}]},
                "job": {"anyOf": [{"$ref": "#/components/schemas/Job"}, {"type": "null"}]},
            },
        },
        "Access": _object(
            {
                "request": {"type": "integer", "description": "which request it answers"},
                "ssh_keys": {"type": "array", "items": _TEXT},
                "sealing_key": {
                    "type": "string",
                    "description": (
                        "X25519, 32 bytes in base64url; empty where the buyer named none: then no"
                        " secret is handed over"
                    ),
                },
                "format": {
                    "type": "integer",
                    "const": DOCUMENT_FORMAT,
                    "description": "of what is sealed: 2 is a document with the endpoint",
                },
                "is_unsealed": {
                    "type": "boolean",
                    "description": "the buyer wants the endpoint in the open",
                },
                "reason": {"type": "string", "enum": list(RenewalReason.values)},
            },
            told=(
                "Whom the buyer wants let in; told with driver.connect, and anew with"
                " driver.access, which withdraws what was handed over before."
            ),
        ),
        "GivenAccess": {
            "type": "object",
            "description": (
                "Told with delivery.ready, with delivery.running, or by itself with"
                " delivery.access. Endpoint and secret are sealed before they are sent, in one"
                " document of format 2: canonical JSON (keys sorted, no spaces, UTF-8) with the"
                " members endpoint, format (suanpan-access/2) and secret, all of them text. HPKE"
                " (RFC 9180), base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, to"
                " sealing_key, with the info suanpan-handover/2:DELIVERY_ID:REQUEST and no further"
                " data; the text is base64url of the encapsulated key and the ciphertext. The"
                " market cannot open it. Without format a secret alone was sealed, with the info"
                " suanpan-handover/1:…; an endpoint in the open is refused then"
                " (handover_endpoint_plain), unless is_unsealed was told. At driver.exit it lets"
                " nobody in any more, revokes keys, and says so with delivery.wiped."
            ),
            "required": ["request"],
            "additionalProperties": False,
            "properties": {
                "request": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": HANDOVERS_MAX,
                    "description": "the request that it answers; an older one is refused",
                },
                "endpoint": {
                    "type": "string",
                    "maxLength": ENDPOINT_LENGTH_MAX,
                    "description": (
                        "in the open, only where is_unsealed was told: a host, host:port, or an"
                        " address of ssh:// or https://"
                    ),
                },
                "sealed": {"type": "string", "maxLength": SEALED_LENGTH_MAX},
                "format": {
                    "type": "integer",
                    "enum": [BARE_FORMAT, DOCUMENT_FORMAT],
                    "description": "of what was sealed; without it, 1: a secret alone",
                },
                "kind": {"type": "string", "enum": list(AccessKind.values)},
                "key": {"$ref": "#/components/schemas/ScopedKey"},
            },
        },
        "ScopedKey": {
            "type": "object",
            "description": (
                "Of what is sold as an interface: what is said in the open of the key that was"
                " sealed. Without it, or without its end, the key ends with the delivery."
            ),
            "additionalProperties": False,
            "properties": {
                "scopes": {
                    "type": "array",
                    "maxItems": SCOPES_MAX,
                    "items": {
                        "type": "string",
                        "pattern": f"^[a-z][a-z0-9:._-]{{0,{SCOPE_LENGTH_MAX - 1}}}$",
                    },
                    "description": "none: all that was ordered",
                },
                "expires_at": _MOMENT,
                "requests_a_minute": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": REQUESTS_A_MINUTE_MAX,
                },
                "hint": {
                    "type": "string",
                    "pattern": f"^[!-~]{{{KEY_HINT_LENGTH}}}$",
                    "description": "its last four characters",
                },
                "former_until": _MOMENT
                | {
                    "description": (
                        "until when the former key counts, 24 hours at most; none: not any more"
                    )
                },
            },
        },
        "Job": _object(
            {
                "command": {"type": "array", "items": _TEXT},
                "image": _TEXT,
                "data_reference": _TEXT,
                "result_reference": {"type": "string", "description": "where its result goes"},
                "environment": {"type": "object", "additionalProperties": _TEXT},
                "sealed_names": {
                    "type": "array",
                    "items": _TEXT,
                    "description": "variables whose values the buyer hands over sealed",
                },
                "wall_seconds": {"type": "integer", "minimum": 1},
            }
        ),
        "Message": _object(
            {
                "type": {"type": "string", "enum": list(DriverWord.values)},
                "data": {"$ref": "#/components/schemas/MessageData"},
            },
            told=f"At most {MESSAGE_BYTES_MAX} bytes.",
        ),
        "MessageData": {
            "type": "object",
            "required": ["delivery_id"],
            "additionalProperties": False,
            "properties": {
                "delivery_id": _IDENTIFIER,
                "exit_code": {"type": "integer", "minimum": 0, "maximum": EXIT_CODE_MAX},
                "reason": {"type": "string", "enum": [str(each) for each in PROVIDERS_REASONS]},
                "detail": {"type": "string", "maxLength": DETAIL_LENGTH_MAX},
                "access": {"$ref": "#/components/schemas/GivenAccess"},
                "log_tail": {
                    "type": "string",
                    "maxLength": LOG_TAIL_MAX,
                    "description": "the end of what the job wrote; both parties read it",
                },
                "takes_back_at": _MOMENT
                | {
                    "description": (
                        "with delivery.preempting alone: when what a preemptible listing sold is"
                        " taken back, at least its notice from now on; none: as soon as it lets"
                    )
                },
            },
        },
        "Declined": {
            "type": "object",
            "properties": {
                "reason": {"type": "string", "enum": [str(each) for each in PROVIDERS_REASONS]}
            },
        },
        "Heard": _object(
            {"outcome": {"type": "string", "enum": ["taken", "repeated"]}, "code": _TEXT}
        ),
    }


def _object(properties: dict[str, Any], told: str = "") -> dict[str, Any]:
    described = {"description": told} if told else {}
    return {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        **described,
    }

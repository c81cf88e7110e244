"""The API's schema: valid, without warnings, each refusal and each way to sign in named."""

import json

import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator

PROTOBUF = "application/x-protobuf"
WAYS_TO_SIGN_IN = [{"apiKey": []}, {"session": []}]


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(schema):
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def test_nothing_is_left_to_guess(tmp_path):
    written = tmp_path / "schema.json"

    call_command(
        "spectacular", "--fail-on-warn", "--validate", "--format", "openapi-json", file=written
    )

    assert json.loads(written.read_text())["paths"]


def test_every_operation_says_how_it_refuses(schema):
    refusal = schema["components"]["responses"]["Refused"]["content"]

    assert list(refusal) == ["application/problem+json"]
    in_kind = schema["components"]["responses"]["RefusedInKind"]["content"]
    assert list(in_kind) == ["application/problem+json", PROTOBUF]
    for name, operation in operations(schema):
        speaks_both = PROTOBUF in operation["responses"].get("200", {}).get("content", {})
        refused = "RefusedInKind" if speaks_both else "Refused"
        assert operation["responses"]["4XX"] == {"$ref": f"#/components/responses/{refused}"}, name
        assert "503" in operation["responses"], name


def test_every_operation_says_who_may_call_it(schema):
    assert schema["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"
    for name, operation in operations(schema):
        ways, text = operation["security"], operation["description"]
        assert [way for way in ways if way] == WAYS_TO_SIGN_IN, name
        assert ({} in ways) == ("Open to everyone." in text), name
        assert {} in ways or "For " in text, name

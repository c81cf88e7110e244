"""`docs/openapi.yaml` is what the code does, and nothing that programs rely on leaves it unseen."""

import copy

import pytest

from tests.api import schema
from tests.api.changes import breaking


def test_the_committed_schema_is_the_codes():
    before, after = schema.committed(), schema.current()

    assert breaking(before, after) == [], (
        "These changes break programs that call the API. If that is meant: "
        f"{schema.COMMAND} --breaking, and a fragment in changelog.d that says so."
    )
    assert before == after, f"The API has grown. Write its schema anew: {schema.COMMAND}"


def test_the_file_is_written_as_the_command_writes_it():
    assert schema.FILE.read_text(encoding="utf-8") == schema.written(schema.committed())


ORDER = {
    "type": "object",
    "properties": {
        "note": {"type": "string", "maxLength": 80},
        "cards": {"type": "integer", "minimum": 1},
        "state": {"$ref": "#/components/schemas/State"},
        "chips": {"type": "array", "items": {"type": "string", "enum": ["H100", "A100"]}},
        "paid_at": {"type": "string", "nullable": True},
        "least": {
            "oneOf": [
                {"$ref": "#/components/schemas/State"},
                {"$ref": "#/components/schemas/Null"},
            ]
        },
        "parent": {"allOf": [{"$ref": "#/components/schemas/Order"}], "nullable": True},
    },
    "required": ["cards", "state"],
}
DOCUMENT = {
    "paths": {
        "/orders/{id}": {
            "get": {
                "parameters": [
                    {"in": "path", "name": "id", "required": True, "schema": {"type": "string"}},
                    {"in": "query", "name": "page", "schema": {"type": "integer", "maximum": 200}},
                ],
                "security": [{"apiKey": []}, {"session": []}],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Order"}}
                        }
                    },
                    "404": {"description": "No"},
                },
            },
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Wish"}}
                    }
                },
                "responses": {"201": {}},
            },
        }
    },
    "components": {
        "schemas": {
            "Order": ORDER,
            "Wish": {
                **copy.deepcopy(ORDER),
                "properties": copy.deepcopy(ORDER["properties"])
                | {"parent": {"$ref": "#/components/schemas/Wish"}},
            },
            "State": {"type": "string", "enum": ["PLACED", "CLEARED"]},
            "Null": {"enum": [None]},
        }
    },
}


def get(document):
    return document["paths"]["/orders/{id}"]["get"]


def post(document):
    return document["paths"]["/orders/{id}"]["post"]


def read(document):
    return document["components"]["schemas"]["Order"]


def sent(document):
    return document["components"]["schemas"]["Wish"]


def field(where, name, **changes):
    def change(document):
        where(document)["properties"][name] = where(document)["properties"].get(name, {}) | changes

    return change


BREAKING = {
    "a path": lambda it: it["paths"].clear(),
    "a method": lambda it: it["paths"]["/orders/{id}"].pop("get"),
    "a status": lambda it: get(it)["responses"].pop("404"),
    "a media type": lambda it: get(it)["responses"]["200"]["content"].clear(),
    "a way to sign in": lambda it: get(it)["security"].pop(0),
    "a parameter": lambda it: get(it)["parameters"].pop(1),
    "a parameter's bound": lambda it: get(it)["parameters"][1]["schema"].update(maximum=100),
    "a parameter's freedom": lambda it: get(it)["parameters"][1].update(required=True),
    "a call without a new parameter": lambda it: get(it)["parameters"].append(
        {"in": "query", "name": "zone", "required": True, "schema": {}}
    ),
    "a call without a body": lambda it: post(it)["requestBody"].update(required=True),
    "a field that is read": lambda it: read(it)["properties"].pop("note"),
    "a field that was always there": lambda it: read(it)["required"].remove("cards"),
    "a field's type": field(read, "cards", type="string"),
    "a field that was never null": field(read, "cards", nullable=True),
    "a value of an enumeration": lambda it: it["components"]["schemas"]["State"]["enum"].pop(),
    "a value inside a list": lambda it: read(it)["properties"]["chips"]["items"]["enum"].pop(),
    "a field that is sent": lambda it: sent(it)["properties"].pop("note"),
    "a request without a new field": lambda it: (
        sent(it)["properties"].update(zone={"type": "string"}),
        sent(it)["required"].append("zone"),
    ),
    "a request without an old field": lambda it: sent(it)["required"].append("note"),
    "a longer text": field(sent, "note", maxLength=40),
    "any text": field(sent, "note", pattern="^[a-z]+$"),
    "a smaller number": field(sent, "cards", minimum=2),
    "a null that was sent": field(sent, "paid_at", nullable=False),
    "free text": field(sent, "note", enum=["a"]),
    "the type of what is sent": field(sent, "cards", type="boolean"),
    "a field deep inside": lambda it: sent(it)["properties"].update(
        parent={"type": "object", "properties": {}}
    ),
}


@pytest.mark.parametrize("loss", BREAKING)
def test_a_loss_is_found(loss):
    after = copy.deepcopy(DOCUMENT)

    BREAKING[loss](after)

    assert breaking(DOCUMENT, after)


HARMLESS = {
    "nothing": lambda it: None,
    "a path": lambda it: it["paths"].update({"/rounds": {"get": {"responses": {}}}}),
    "another name of a path's part": lambda it: (
        it["paths"].update({"/orders/{order_id}": it["paths"].pop("/orders/{id}")}),
        it["paths"]["/orders/{order_id}"]["get"]["parameters"][0].update(name="order_id"),
    ),
    "a status": lambda it: get(it)["responses"].update({"409": {}}),
    "a parameter": lambda it: get(it)["parameters"].append(
        {"in": "query", "name": "zone", "schema": {"type": "string"}}
    ),
    "a field that is read": field(read, "zone", type="string"),
    "a field that may be sent": field(sent, "zone", type="string"),
    "a value": lambda it: it["components"]["schemas"]["State"]["enum"].append("SETTLED"),
    "longer texts": field(sent, "note", maxLength=200),
    "a null that may be sent": field(sent, "cards", nullable=True),
    "a null that is answered no more": field(read, "paid_at", nullable=False),
    "a field that is always there": lambda it: read(it)["required"].append("note"),
    "a request without a field": lambda it: sent(it)["required"].remove("cards"),
    "other words": field(read, "note", description="What the buyer says."),
    "a way to sign in": lambda it: get(it)["security"].append({"mutual": []}),
}


@pytest.mark.parametrize("gain", HARMLESS)
def test_what_is_new_breaks_nothing(gain):
    after = copy.deepcopy(DOCUMENT)

    HARMLESS[gain](after)

    assert breaking(DOCUMENT, after) == []


def test_the_real_schema_loses_nothing_to_itself():
    committed = schema.committed()

    assert breaking(committed, committed) == []
    assert len(committed["paths"]) > 50


@pytest.mark.parametrize("every", [40, pytest.param(4, marks=pytest.mark.slow)])
def test_what_the_real_schema_holds_is_watched(every):
    """Whatever component is emptied, somebody is told; one of so many is tried."""
    committed = schema.committed()
    components = {
        name: it
        for name, it in committed["components"]["schemas"].items()
        if it.get("properties") or len(it.get("enum", [])) > 1
    }
    unseen = []
    for name in sorted(components)[::every]:
        emptied = {key: it for key, it in components[name].items() if key != "properties"}
        emptied["enum"] = emptied.get("enum", ["nothing"])[:1]
        schemas = committed["components"]["schemas"] | {name: emptied}
        after = committed | {"components": committed["components"] | {"schemas": schemas}}
        if not breaking(committed, after):
            unseen.append(name)

    assert unseen == []

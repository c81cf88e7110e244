"""
What a change of the API's schema does to the programs that call it.

A request that was taken must still be taken, and what an answer held it must still hold. So in
what is sent types may only grow, and in what is answered they may only shrink; nothing that had a
name may lose it. Everything else is new, and hurts nobody.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options")
# A lower number of these narrows what may be sent; a higher one of the others.
UPPER_BOUNDS: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
LOWER_BOUNDS: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
EXACT: Final = ("pattern", "format", "multipleOf")
DEPTH_MAX: Final = 12

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Side:
    """One of two documents that are compared."""

    document: Schema

    def resolved(self, part: Any) -> dict[str, Any]:
        """Return a part of the document without references at its top."""
        while isinstance(part, Mapping) and "$ref" in part:
            target: Any = self.document
            for name in part["$ref"].removeprefix("#/").split("/"):
                target = target[name]
            part = target
        return dict(part or {})

    def shape(self, part: Any) -> dict[str, Any]:
        """Return a schema with its alternatives laid together."""
        schema = self.resolved(part)
        for each in schema.pop("allOf", []):
            schema = _both(self.shape(each), schema)
        alternatives = [self.shape(it) for it in schema.pop("oneOf", schema.pop("anyOf", []))]
        if alternatives:
            schema = _either(alternatives) | schema
        if schema.pop("nullable", False):
            schema["type"] = [*_listed(schema.get("type")), "null"]
        return schema


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    merged = one | other
    merged["properties"] = one.get("properties", {}) | other.get("properties", {})
    merged["required"] = [*one.get("required", []), *other.get("required", [])]
    return {name: value for name, value in merged.items() if value not in ({}, [])}


def _either(alternatives: list[dict[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for each in alternatives:
        merged = _both(merged, each) | {
            "type": [*_listed(merged.get("type")), *_listed(each.get("type"))]
        }
    if all("enum" in each for each in alternatives):
        merged["enum"] = [value for each in alternatives for value in each["enum"]]
    else:
        merged.pop("enum", None)
    return merged


def breaking(before: Schema, after: Schema) -> list[str]:
    """Return what programs that were written against the first lose with the second."""
    return sorted(set(_paths(Side(before), Side(after))))


def _paths(old: Side, new: Side) -> Iterator[str]:
    paths = {_bare(path): item for path, item in new.document["paths"].items()}
    for path, item in old.document["paths"].items():
        if _bare(path) not in paths:
            yield f"{path}: removed"
            continue
        for method in METHODS:
            if method in item:
                name = f"{method.upper()} {path}"
                if method not in paths[_bare(path)]:
                    yield f"{name}: removed"
                else:
                    yield from _operation(name, old, item[method], new, paths[_bare(path)][method])


def _bare(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def _operation(name: str, old: Side, before: Schema, new: Side, after: Schema) -> Iterator[str]:
    yield from _parameters(name, old, before, new, after)
    yield from _signing_in(name, before, after)
    sent, taken = (
        side.resolved(operation.get("requestBody"))
        for side, operation in ((old, before), (new, after))
    )
    if taken.get("required") and not sent.get("required"):
        yield f"{name}: a body is required"
    yield from _contents(f"{name} body", old, sent, new, taken, sends=True)
    for status, answer in before.get("responses", {}).items():
        if status not in after.get("responses", {}):
            yield f"{name} {status}: removed"
            continue
        yield from _contents(
            f"{name} {status}",
            old,
            old.resolved(answer),
            new,
            new.resolved(after["responses"][status]),
            sends=False,
        )


def _signing_in(name: str, before: Schema, after: Schema) -> Iterator[str]:
    ways = [sorted(way) for way in after.get("security", [])]
    for way in before.get("security", []):
        if sorted(way) not in ways:
            yield f"{name}: signing in by {', '.join(way) or 'nothing'} removed"


def _parameters(name: str, old: Side, before: Schema, new: Side, after: Schema) -> Iterator[str]:
    was, now = (
        {
            # Parts of a path are known by their place.
            (each["in"], place if each["in"] == "path" else each["name"]): each
            for place, each in enumerate(map(side.resolved, operation.get("parameters", [])))
        }
        for side, operation in ((old, before), (new, after))
    )
    for key, parameter in was.items():
        where = f"{name} {parameter['in']} {parameter['name']}"
        if key not in now:
            yield f"{where}: removed"
            continue
        if now[key].get("required") and not parameter.get("required"):
            yield f"{where}: is required"
        yield from _schema(
            where, old, parameter.get("schema"), new, now[key].get("schema"), sends=True
        )
    for key in now.keys() - was.keys():
        if now[key].get("required"):
            yield f"{name} {now[key]['in']} {now[key]['name']}: is required"


def _contents(
    name: str, old: Side, before: Schema, new: Side, after: Schema, *, sends: bool
) -> Iterator[str]:
    contents = after.get("content", {})
    for media_type, content in before.get("content", {}).items():
        if media_type not in contents:
            yield f"{name} {media_type}: removed"
        else:
            yield from _schema(
                name, old, content.get("schema"), new, contents[media_type].get("schema"),
                sends=sends,
            )  # fmt: skip


def _schema(
    name: str, old: Side, before: Any, new: Side, after: Any, *, sends: bool, depth: int = 0
) -> Iterator[str]:
    """Tell what a schema lost: `sends` if programs send it, else they read it."""
    if depth > DEPTH_MAX:  # A schema that holds itself was compared on the way here.
        return
    was, now = old.shape(before), new.shape(after)
    yield from _types(name, was, now, sends=sends)
    yield from _values(name, was, now)
    if sends:
        yield from _bounds(name, was, now)
    yield from _fields(name, old, was, new, now, sends=sends, depth=depth)
    for inner in ("items", "additionalProperties"):
        if isinstance(was.get(inner), Mapping) and isinstance(now.get(inner), Mapping):
            yield from _schema(
                f"{name}[]", old, was[inner], new, now[inner], sends=sends, depth=depth + 1
            )


def _types(name: str, was: Schema, now: Schema, *, sends: bool) -> Iterator[str]:
    before, after = set(_listed(was.get("type"))), set(_listed(now.get("type")))
    if "number" in before:
        before.add("integer")
    if "number" in after:
        after.add("integer")
    wider, narrower = (after, before) if sends else (before, after)
    # No type at all is any.
    if wider and (not narrower or narrower - wider):
        yield f"{name}: type {_named(before)} became {_named(after)}"


def _named(types: set[str]) -> str:
    return "|".join(sorted(types)) or "any"


def _values(name: str, was: Schema, now: Schema) -> Iterator[str]:
    if "enum" in now and "enum" not in was:
        yield f"{name}: only some values remain"
    for value in was.get("enum", []):
        if "enum" in now and value not in now["enum"]:
            yield f"{name}: value {value!r} removed"


def _bounds(name: str, was: Schema, now: Schema) -> Iterator[str]:
    for bounds, is_narrower in (
        (UPPER_BOUNDS, lambda new, old: new < old),
        (LOWER_BOUNDS, lambda new, old: new > old),
        (EXACT, lambda new, old: new != old),
    ):
        for bound in bounds:
            if bound in now and (bound not in was or is_narrower(now[bound], was[bound])):
                yield f"{name}: {bound} {was.get(bound)} became {now[bound]}"


def _fields(
    name: str, old: Side, was: Schema, new: Side, now: Schema, *, sends: bool, depth: int
) -> Iterator[str]:
    before, after = was.get("properties", {}), now.get("properties", {})
    required_before, required_after = set(was.get("required", [])), set(now.get("required", []))
    for field, schema in before.items():
        where = f"{name}.{field}"
        if field not in after:
            yield f"{where}: removed"
            continue
        if sends and field in required_after - required_before:
            yield f"{where}: is required"
        if not sends and field in required_before - required_after:
            yield f"{where}: may be missing"
        yield from _schema(where, old, schema, new, after[field], sends=sends, depth=depth + 1)
    if sends:
        for field in sorted(required_after - before.keys()):
            yield f"{name}.{field}: is required"

"""Requests that no client would make, for every operation of the API's schema."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import quote, urlencode

from tests.flow.strangers import World

NOWHERE: Final = "00000000-0000-0000-0000-000000000000"
LONG: Final = "x" * 20_000
# What is put in the place of a member of a body, as it is written in JSON.
JSON_JUNK: Final = [
    *(r'"\ud800"', r'"\udfffa"', r'"\u0000"', r'"a\u001b\u009fb"', r'"\ufeff\u202e"', '""', '" "'),
    *("null", "true", "[]", "{}", "[[]]", "[null]", "-1", "-0", "0", "1.5", "0.1e1", "1e400"),
    *("1e-400", "1E+99999", "1" + "0" * 5_000, "9" * 30, str(2**63), str(-(2**63) - 1), "NaN"),
    *('"１２"', '"٣"', '"1_0"', '"1e5"', '"1e999999"', '"NaN"', '"-Infinity"', '"0x10"', '" 1"'),
    *('"' + "9" * 400 + '"', '"0.' + "0" * 400 + '1"', '"2026-11-20T14:05:00"', '"2026-02-30"'),
    *('"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', '"2026-11-20"', '"24:00"'),
    *('"2026-11-20T14:05:60Z"', '"２０２６-11-20T14:05:00Z"', '"2026-W47-5"', f'"{LONG}"'),
    *('"%s%n{0}%(a)s{}"', '"\' OR 1=1 --"', '"<script>"', '"../../etc/passwd"', f'"{NOWHERE}"'),
    *('{"a": 1, "a": 2}', r'{"\udfff": 1}', r'{"\u0000": 1}', '["a", "a"]', "[" * 60 + "]" * 60),
]
# What is put in the place of a parameter, as an address has it.
ADDRESS_JUNK: Final = [
    *(
        "%00",
        "a%00b",
        "%1b",
        "%7f",
        "%c2%80",
        "%ed%a0%80",
        "%ff",
        "%c0%af",
        "%",
        "%zz",
        "%25",
        "%0a",
    ),
    *("", "-1", "0", "1e400", "9" * 30, "1" + "0" * 5_000, "NaN", "%EF%BC%91", "%D9%A3", "1_0"),
    *("2026-11-20T14:05:00", "2026-02-30", "0001-01-01", "9999-12-31T23:59:59-14:00", "0001-01"),
    *(
        "WzAsMCxbIjEiXV0:x",
        "WzAsMCxbIjEiXV0",
        "eyJhIjoxfQ",
        "..",
        "%2e%2e",
        "%2f",
        "a%2Cb",
        "%5B%5D",
    ),
    *(
        NOWHERE,
        NOWHERE.replace("0", "%EF%BC%90"),
        "%27%20OR%201%3D1%20--",
        "%25s%25n%7B0%7D",
        "x" * 7_000,
    ),
]
CHARSETS: Final = [
    "rot13",
    "zip",
    "utf-7",
    "utf-16",
    "idna",
    "punycode",
    "undefined",
    "x" * 500,
    '"',
]
CONTENT_TYPES: Final = [
    *(f"application/json; charset={name}" for name in CHARSETS),
    *(
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "a",
        "/",
        "\x00",
    ),
    *("multipart/form-data; boundary=x", "multipart/form-data; boundary=\xff", "application/xml"),
    *("application/json; charset*=rot13''%41", "application/cloudevents+json", "text/csv"),
    *("application/cloudevents-batch+json", "application/json, text/plain", "é/ü", "a/b;" * 300),
]
HEADERS: Final = [
    *(("HTTP_CONTENT_ENCODING", text) for text in ("gzip", "br", "identity, gzip", "é", "x" * 300)),
    *(("HTTP_AUTHORIZATION", text) for text in ("Bearer \x00", "Bearer é", "bearer", "Basic \xff")),
    *(("HTTP_IDEMPOTENCY_KEY", text) for text in ("", "\x00", "é", "x" * 300, "a b")),
    *(("HTTP_ACCEPT", text) for text in ("\x00", "*/*;q=\x00", "text/csv", "a/b;q=x" * 900, "é")),
    *(("HTTP_ACCEPT_LANGUAGE", text) for text in ("\x00", "zh;q=9e999", "x" * 5_000, "é-é")),
    *(("HTTP_COOKIE", text) for text in ('sessionid="\\000"', "=;;", "csrftoken=\xff", "a=" * 900)),
    *(("HTTP_X_FORWARDED_FOR", text) for text in ("\x00", "a,b,,", "::1]:", "1" * 5_000)),
    *(("HTTP_HOST", text) for text in ("\x00", "é", "localhost:99999", "a b", "")),
    *(("HTTP_IF_NONE_MATCH", text) for text in ("\x00", '"', "W/é")),
    *(("REMOTE_ADDR", text) for text in ("", "\x00", "unix:", "::ffff:1.2.3.4%eth0")),
    *(("CONTENT_LENGTH", text) for text in ("", "-1", "x", "９", "9" * 5_000)),
    *(("HTTP_ORIGIN", text) for text in ("\x00", "null", "http://[::1")),
    *(("HTTP_RANGE", text) for text in ("bytes=-", "bytes=9-1", "\x00")),
]
BODIES: Final = [
    *(
        b"",
        b"\x00",
        b"{",
        b"[]",
        b"null",
        b'"a"',
        b"1",
        b"{}" * 2,
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
    ),
    *(
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b"\x1f\x8b\x08\x00",
        b"a=1&a=2",
        b"<a/>",
        b"[" * 10_000,
    ),
    *(
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b"-",
        b"1e",
        b"[1,]",
    ),
    *(b"{'a': 1}", b'{"a": 01}', b'{"a": .5}', b'{"a": 1e}', b"[" + b"1," * 90_000 + b"1]"),
    *(b'{"a": ' + b"9" * 100_000 + b"}", b'{"a": 1e' + b"9" * 5_000 + b"}", b"//", b"{}\x00"),
    b"--x\r\nContent-Disposition: form-data; name*=zip''%41\r\n\r\n!\r\n--x--\r\n",
]
HUGE: Final = b"{" + b",".join(b'"k%d": 1' % number for number in range(500_000)) + b"}"
METHODS: Final = ["PUT", "DELETE", "PATCH", "POST", "GET", "TRACE", "FOO", "PROPFIND", "get", "é"]
METHODS_OF_A_PATH: Final = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Request:
    """One request, as a web server hands it on."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    must_be: int = 0  # The status that it must be answered with, if it is known.

    def __str__(self) -> str:
        return (
            f"{self.method} {self.path[:200]}?{self.query[:200]} {self.content_type[:80]!r}"
            f" {self.headers} {self.body[:300]!r}"[:1_000]
        )


class Schema:
    """The API as its own document describes it."""

    def __init__(self, document: dict[str, Any], stage: World) -> None:
        self.document, self.stage = document, stage

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for path, members in self.document["paths"].items():
            for method in METHODS_OF_A_PATH:
                if method in members:
                    yield method.upper(), path, members[method]

    def sound(self, method: str, path: str, operation: dict[str, Any]) -> Request:
        """Return a request that may well be accepted."""
        for name in re.findall(r"{(\w+)}", path):
            path = path.replace(f"{{{name}}}", quote((self.stage.real(name) or [NOWHERE])[0]))
        body = b""
        if schema := self._schema_of_body(operation):
            body = json.dumps(self.example(schema)).encode()
        return Request(method, path, body=body)

    def _schema_of_body(self, operation: dict[str, Any]) -> dict[str, Any]:
        content = operation.get("requestBody", {}).get("content", {})
        return next(iter(content.values()), {}).get("schema", {})

    def example(self, schema: dict[str, Any], name: str = "") -> Any:
        """Return a value of the schema; what is called like something that exists names it."""
        if "$ref" in schema:
            return self.example(self._found(schema["$ref"]), name)
        for choice in ("allOf", "oneOf", "anyOf"):
            if choice in schema:
                return self.example(schema[choice][0], name)
        if schema.get("enum"):
            return schema["enum"][0]
        kind = schema.get("type")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "object":
            members = schema.get("properties", {}).items()
            return {
                key: self.example(each, key) for key, each in members if not each.get("readOnly")
            }
        if kind == "array":
            return [self.example(schema.get("items", {}), name.removesuffix("s"))]
        return self._plain(schema, kind, name)

    def _plain(self, schema: dict[str, Any], kind: Any, name: str) -> Any:
        if kind in ("integer", "number"):
            return max(int(schema.get("minimum", 1)), 1)
        if kind == "boolean":
            return True
        known = {"date-time": "2026-12-01T00:00:00Z", "date": "2026-12-01", "decimal": "1.00"}
        if schema.get("format") in known:
            return known[schema["format"]]
        if real := self.stage.real(name):
            return real[0]
        is_number = "pattern" in schema and "\\d" in schema["pattern"] + "\\d" * (
            "0-9" in schema["pattern"]
        )
        return "1" if is_number else "a" * max(schema.get("minLength", 1), 1)

    def _found(self, reference: str) -> dict[str, Any]:
        found = self.document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        return found


def spoilt(schema: Schema, method: str, path: str, operation: dict[str, Any]) -> Iterator[Request]:
    """Yield every hostile request for an operation."""
    sound = schema.sound(method, path, operation)
    yield sound
    yield from _addresses(schema, sound, path, operation)
    yield from (replace(sound, headers={name: text}) for name, text in HEADERS)
    yield from (replace(sound, content_type=text) for text in CONTENT_TYPES)
    has = {name.upper() for name in schema.document["paths"][path]}
    for other in METHODS:
        if other.upper() not in has:
            yield replace(sound, method=other, must_be=405)
    if method != "GET":
        yield from (replace(sound, body=body) for body in BODIES)
        yield from (replace(sound, body=body) for body in _bodies(sound.body))


def _addresses(
    schema: Schema, sound: Request, path: str, operation: dict[str, Any]
) -> Iterator[Request]:
    names = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
    for junk in ADDRESS_JUNK:
        for name in re.findall(r"{(\w+)}", path):
            there = path.replace(f"{{{name}}}", junk)
            yield replace(sound, path=re.sub(r"{\w+}", NOWHERE, there))
        for name in (*names, "cursor", "other"):
            yield replace(sound, query=f"{name}={junk}")
        yield replace(sound, query=f"{junk}=1&{junk}=2")
    for name in names:
        yield replace(sound, query="&".join(f"{name}={quote(text)}" for text in ("1", "2", "a,b")))
    everything = {name: (schema.stage.real(name) or ["1"])[0] for name in names}
    yield replace(sound, query=urlencode(everything))
    yield replace(sound, query="x=" + "y" * 9_000)
    yield replace(sound, query="&".join(["a"] * 3_000))


def _bodies(sound: bytes) -> Iterator[bytes]:
    """Yield a body with each of its members spoilt in each way, and with each member twice."""
    if not sound:
        return
    mark = "@spoilt@"
    for text in _marked(json.loads(sound), mark):
        for junk in JSON_JUNK:
            yield text.replace(f'"{mark}"', junk).encode()
    for found in re.finditer(r"{(\"[^\"]+\": (?:\"[^\"]*\"|\d+|true))", sound.decode()):
        at = found.end()
        yield sound[:at] + b", " + found[1].encode() + sound[at:]


def _marked(value: Any, mark: str) -> Iterator[str]:
    """Yield the value as JSON, with one of its parts replaced by the mark at a time."""
    yield json.dumps(mark)
    if not isinstance(value, dict | list):
        return
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        for text in _marked(part, mark):
            copy = dict(value) if isinstance(value, dict) else list(value)
            copy[key] = "@part@"
            yield json.dumps(copy).replace('"@part@"', text)


def some(requests: list[Request], number: int, seed: str) -> list[Request]:
    """Return so many of the requests, the same in each run."""
    return random.Random(seed).sample(requests, min(number, len(requests)))  # noqa: S311

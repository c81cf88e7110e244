"""What no request may be like: refused once, before any view, with a code and without a trace."""

import json
import re
import threading
from uuid import uuid4

import pytest
from django.test import Client, RequestFactory
from django.utils import translation

from config.edge import QUERY_LENGTH_MAX
from config.wsgi import application
from identity.contracts import Role
from tests import cast
from tests.flow.facts import market_facts

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"
BODY = json.dumps({"name": "a", "scopes": ["orders:read"], "expires_at": "2027-01-01T00:00:00Z"})
SURROGATES = [
    '{"name": "\\ud800"}',
    '{"\\udfff": 1}',
    '{"scopes": ["\\udc00"]}',
    '{"name": "\\u0000"}',
    '{"name": {"deep": ["\\ud83d"]}}',
]


@pytest.fixture
def member() -> Client:
    browser = cast.signed_in(cast.member(cast.organization(), Role.PROVIDER, Role.BUYER))
    browser.raise_request_exception = False
    return browser


def sent(browser: Client, body, content_type: str = "application/json", path="api-keys", **extra):
    headers = {"Idempotency-Key": uuid4().hex, "Accept-Language": "en"} | extra
    return browser.post(f"/api/v1/{path}", body, content_type=content_type, headers=headers)


def served(method: str, path: str, content_type: str) -> tuple[int, bytes]:
    """Return what the web server's own entry answers: Django makes the request inside of it."""
    plain = RequestFactory().generic(method, f"{path}?q=a", BODY, content_type="text/plain")
    status: list[str] = []
    answer = application(
        plain.environ | {"CONTENT_TYPE": content_type}, lambda line, _headers: status.append(line)
    )
    return int(status[0][:3]), b"".join(answer)


def is_problem(answer, status: int, code: str) -> bool:
    return (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("body", SURROGATES)
@pytest.mark.parametrize("path", ["api-keys", "orders", "rate-plans", "me"])
def test_half_a_character_is_refused(member, body, path):
    before = market_facts()

    answer = sent(member, body, path=path)

    assert answer.status_code in (400, 405), answer.content
    assert answer.json()["code"]
    assert market_facts() == before


@pytest.mark.parametrize(
    "body",
    [
        "{" + ",".join(f'"k{n}": 1' for n in range(500_000)) + "}",
        "[" * 10_000 + "]" * 10_000,
        '{"name": ' + "[" * 40 + "]" * 40 + "}",
        '{"name": 1' + "0" * 5_000 + "}",
        '{"name": 1e400}',
        '{"name": 1e-999999999}',
        '{"name": NaN}',
        '{"name": -Infinity}',
        '{"name": "a", "name": "b"}',
        '{"name": {"x": 1, "x": 1}}',
        b'{"name": "\xff"}',
        b"\xff\xfe{\x00}\x00",
    ],
    ids=str,
)
def test_bodies_that_tire_or_say_two_things_are_refused(member, body):
    before = market_facts()

    assert is_problem(sent(member, body), 400, "parse_error")
    assert market_facts() == before


@pytest.mark.parametrize(
    "charset",
    [
        *("rot13", "zip", "utf-7", "idna", "utf-16", "gb18030", "punycode", "hex", "nothing"),
        *("unicode_escape", "undefined", "mbcs", "utf-8-sig", "latin-1", '"', "x" * 500),
    ],
)
@pytest.mark.parametrize("kind", ["application/json", FORM, "multipart/form-data; boundary=x"])
def test_only_utf_8_is_read(charset, kind):
    named = f"{kind}; charset={charset}"

    for path in ("/api/v1/api-keys", "/api/v1/metering/events", "/api/v1/listings"):
        status, body = served("POST", path, named)
        assert (status, json.loads(body)["code"]) == (415, "unsupported_charset")
    for path in ("/market/", "/developers/"):
        assert served("GET", path, named)[0] == served("POST", path, named)[0] == 415


def test_a_request_of_a_test_starts_nothing_that_outlives_it():
    """A thread of the web's would commit its time beside later tests, also travelled time."""
    served("GET", "/market/", "text/plain")

    assert not [each.name for each in threading.enumerate() if "heartbeat" in each.name]


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "us-ascii", "utf8"])
def test_utf_8_by_any_of_its_names_is(member, charset):
    answer = sent(member, "{}", f"application/json; charset={charset}")

    assert is_problem(answer, 400, "invalid") or answer.status_code == 400


@pytest.mark.parametrize("odd", ["charset*=nothing''%41", "charset=\0", "charset*=rot13''%41"])
def test_a_content_type_that_django_cannot_read_is_refused_too(odd):
    status, body = served("POST", "/api/v1/api-keys", f"text/plain; {odd}")

    assert (status, json.loads(body)["code"]) == (415, "unsupported_charset")


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip", "x" * 300, "é"])
def test_compressed_bodies_are_not_read(member, encoding):
    answer = member.post(
        "/api/v1/api-keys", BODY, content_type="application/json", HTTP_CONTENT_ENCODING=encoding
    )

    assert is_problem(answer, 415, "unsupported_encoding")
    assert answer.headers["Accept-Encoding"] == "identity"
    assert sent(member, "{}", **{"Content-Encoding": "identity"}).status_code == 400


@pytest.mark.parametrize("length", ["x", "-1", "９", "1_0", " 1", "9" * 19, "9" * 5_000, "1.0"])
def test_a_length_that_is_no_number_is_refused_before_a_body_is_waited_for(member, length):
    for path in ("/api/v1/api-keys", "/api/v1/exports", "/developers/", "/market/"):
        answer = member.post(path, BODY, content_type="application/json", CONTENT_LENGTH=length)
        assert answer.status_code == 400, path
        if path.startswith("/api/"):
            assert answer.json()["code"] == "invalid_content_length"


@pytest.mark.parametrize("path", ["/r/X%00/", "/api/v1/x%00", "/api/gateway/v1/resolve?code=x%00"])
def test_what_is_refused_at_the_edge_is_told_in_the_readers_language(path):
    told = {}
    for before, language in (("zh-hans", "en"), ("en", "zh-hans")):
        with translation.override(before):  # the thread's last reader
            answer = Client().get(path, headers={"accept-language": language})
        told[language] = answer.content.decode("unicode_escape" if "/api/" in path else "utf-8")

    assert "not" in told["en"].lower()
    assert not re.search(r"[\u4e00-\u9fff]{6}", re.sub(r"简体中文|算盘\S*", "", told["en"]))
    assert re.search(r"没有内容|不允许", told["zh-hans"])


@pytest.mark.parametrize("junk", ["%00", "a%00b", "%1b", "%7f", "%c2%80", "%08"])
def test_addresses_hold_no_control_characters(member, junk):
    for path in ("/api/v1/trade-records/", "/ledger/accounts/", "/api/v1/resolve/", "/nowhere/"):
        answer = member.get(f"{path}{junk}")
        assert answer.status_code == 404, path
    for path in ("/api/v1/listings", "/api/v1/resources", "/api/v1/regions"):
        assert is_problem(member.get(f"{path}?q={junk}"), 400, "control_character")
        assert is_problem(member.get(f"{path}?{junk}=q"), 400, "control_character")
    for path in ("/market/", "/search/", "/orders/", "/ledger/accounts/"):
        assert member.get(f"{path}?q={junk}").status_code in (200, 302)


@pytest.mark.parametrize("path", ["/%ff", "/%", "/%zz", "/%c0%af", "/%ed%a0%80", "//", "/%2e%2e/"])
def test_badly_escaped_addresses_are_no_failures(member, path):
    for prefix in ("/api/v1/trade-records", "/ledger/accounts", "/market", ""):
        assert member.get(prefix + path).status_code in (200, 301, 302, 400, 404)
        assert member.get(f"{prefix or '/'}?q={path}").status_code in (
            200,
            301,
            302,
            400,
            403,
            404,
            405,
        )


def test_a_query_has_a_length(member):
    long = f"?q={'x' * QUERY_LENGTH_MAX}"

    assert is_problem(member.get(f"/api/v1/listings{long}"), 414, "query_too_long")
    assert member.get(f"/market/{long}").status_code == 414
    assert member.get("/api/v1/listings?" + "&".join(["a"] * 4_001)).status_code == 400


@pytest.mark.parametrize("fields", [4_001, 100_000])
def test_forms_of_too_many_fields_are_refused(member, fields):
    body = "&".join(f"f{n}=1" for n in range(fields))

    assert member.post("/developers/", body, content_type=FORM).status_code == 400
    assert sent(member, body, FORM).status_code in (400, 415)


@pytest.mark.parametrize(
    "part",
    [
        "Content-Disposition: form-data; name=\"a\"; x*=rot13''%41",
        "Content-Disposition: form-data; name*=zip''%41",
        'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64',
        "Content-Disposition: form-data; name=\x00",
        'Content-Disposition: form-data; name="a"; filename="\x00../x"',
        "Content-Disposition",
        ": ",
        "",
    ],
)
def test_odd_parts_of_forms(member, part):
    body = f"--x\r\n{part}\r\n\r\n!\r\n--x--\r\n".encode()

    for kind in ("multipart/form-data; boundary=x", "multipart/form-data", "multipart/form-data;"):
        assert member.post("/developers/", body, content_type=kind).status_code < 500
        assert sent(member, body, kind).status_code < 500


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["orders", "quotes", "api-keys", "deposits", "metering/events"])
def test_the_api_reads_no_forms_with_parts(member, path, method):
    body = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'

    for kind in ("multipart/form-data; boundary=x", "Multipart/Form-Data;boundary=x"):
        answer = member.generic(
            method, f"/api/v1/{path}", body, kind, headers={"Idempotency-Key": "k"}
        )
        assert is_problem(answer, 415, "unsupported_media_type"), answer.content


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "FOO", "PROPFIND"])
def test_pages_show_themselves_and_take_forms_and_nothing_else(member, method):
    for browser in (member, Client(raise_request_exception=False)):
        for path in ("/", "/orders/", "/market/", "/accounts/login/", "/nowhere"):
            answer = browser.generic(method, path)
            assert answer.status_code == 405, path
            assert answer.headers["Allow"] == "GET, HEAD, POST, OPTIONS"


@pytest.mark.parametrize(
    "cookie",
    [
        *('sessionid="\\000"', 'csrftoken="\\000\\001"', "sessionid=\xff\xfe", 'theme="\\000"'),
        *('django_language="\\000"', "sessionid=" + "x" * 5_000, 'sessionid="\\377"', "\x00=1"),
        "=;;;=\\",
    ],
)
def test_cookies_that_no_browser_was_given(cookie):
    browser = Client(raise_request_exception=False)

    for path in ("/", "/market/", "/accounts/login/", "/api/v1/me"):
        answer = browser.get(path, HTTP_COOKIE=cookie)
        assert answer.status_code < 500, path


@pytest.mark.parametrize("header", ["Authorization", "Accept", "Accept-Language", "Origin"])
@pytest.mark.parametrize("junk", ["\x00", "é\x80", "Bearer \x00", "*/*;q=\x00", "x" * 10_000])
def test_headers_of_junk(member, header, junk):
    name = "HTTP_" + header.upper().replace("-", "_")

    for path in ("/market/", "/api/v1/me", "/api/v1/listings"):
        assert member.get(path, **{name: junk}).status_code < 500


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "OPTIONS", "FOO", "PROPFIND"])
def test_a_method_that_a_resource_has_not_is_405_for_everybody(member, method):
    for browser in (member, Client(raise_request_exception=False)):
        for path in ("/api/v1/orders", "/api/v1/price-index", "/api/v1/me"):
            answer = browser.generic(method, path)
            assert is_problem(answer, 405, "method_not_allowed"), path
            assert answer.headers["Allow"]


def test_identifiers_are_written_in_one_way(member):
    usual = "01a215ff-95e8-7e8c-9018-b0df96c36994"
    odd = [
        usual.replace("0", "０"),
        usual.replace("1", "١"),
        f"{{{usual}}}",
        f"urn:uuid:{usual}",
        usual.replace("-", ""),
        usual + "\n",
    ]
    for text in odd:
        assert member.get("/api/v1/contracts", {"order": text}).status_code == 400, text
        problem = sent(member, json.dumps({"listing_id": text}), path="quotes").json()
        assert "listing_id" in [error["field"] for error in problem["errors"]]
        assert member.get(f"/api/v1/contracts/{text}").status_code == 404
    assert member.get("/api/v1/listings", {"price_min": "１２"}).status_code == 400
    assert member.get("/api/v1/listings", {"free_milli_min": "1_0"}).status_code == 400

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import base64url, media_types


@pytest.mark.parametrize(
    ("text", "essence", "is_json", "is_utf8"),
    [
        ("application/json", "application/json", True, True),
        ("Application/JSON; Charset=UTF-8", "application/json", True, True),
        ('application/json;charset="utf-8"', "application/json", True, True),
        ("application/vnd.acme.v1+json ; profile=x", "application/vnd.acme.v1+json", True, True),
        ("application/json; charset=gb18030", "application/json", True, False),
        ("text/json", "text/json", True, True),
        ("application/xml", "application/xml", False, True),
        ("application/jsonp", "application/jsonp", False, True),
        ("json", "json", False, True),
        ("", "", False, True),
        ("x" * 300 + "/json", "", False, True),
    ],
)
def test_a_media_type_is_read_by_its_standard(text, essence, is_json, is_utf8):
    found = media_types.parse(text)

    assert (found.essence, found.is_json, found.is_utf8) == (essence, is_json, is_utf8)


@given(text=st.text(max_size=60))
def test_any_text_is_some_media_type_or_none(text):
    assert isinstance(media_types.parse(text).is_json, bool)


@given(content=st.binary(max_size=70))
def test_base64_is_read_in_either_alphabet_with_or_without_padding(content):
    for text in (base64.b64encode(content).decode(), base64.urlsafe_b64encode(content).decode()):
        assert base64url.decoded(text) == content
        assert base64url.decoded(text.rstrip("=")) == content


@pytest.mark.parametrize(
    "text", ["A", "AAA=A", "=", "AA=", "+_AA", "AAA ", "A\n==", "Ａ===", "AB=="]
)
def test_what_is_no_base64_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        base64url.decoded(text)

"""A problem document is in the caller's language throughout, whatever went wrong."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/nowhere", 404),
        ("/api/v1/identifiers/SP1-X", 400),
        ("/api/v1/me", 401),
    ],
)
def test_title_and_detail_are_in_one_language(client, path, status):
    chinese = client.get(path)
    english = client.get(path, headers={"Accept-Language": "en"})

    assert (chinese.status_code, english.status_code) == (status, status)
    for member in ("title", "detail"):
        assert english.json()[member].isascii()
        assert not chinese.json()[member].isascii()
    assert chinese.json()["code"] == english.json()["code"]

import base64
import hashlib

import pytest

from identity.contracts import Role
from tests import cast
from tests.files import contents

pytestmark = pytest.mark.django_db
NAMES = "/api/v1/files?name="


@pytest.fixture
def acme():
    return cast.organization("Acme")


@pytest.fixture
def browser(acme):
    return cast.signed_in(cast.member(acme, Role.BUYER))


def upload(browser, name="Certificate.pdf", content=contents.PDF, *, key="one", **options):
    return browser.post(
        f"{NAMES}{name}{options.get('query', '')}",
        data=content,
        content_type=options.get("content_type", "application/octet-stream"),
        headers={"Idempotency-Key": key},
    )


def test_a_file_goes_up_and_comes_down(browser):
    reply = upload(browser)
    file = reply.json()

    assert reply.status_code == 201
    assert (file["name"], file["media_type"]) == ("Certificate.pdf", "application/pdf")
    assert browser.get("/api/v1/files").json()["results"] == [file]
    assert browser.get(f"/api/v1/files/{file['id']}").json() == file

    down = browser.get(f"/api/v1/files/{file['id']}/content")

    assert down.getvalue() == contents.PDF
    digest = base64.b64encode(hashlib.sha256(contents.PDF).digest()).decode()
    assert down["Repr-Digest"] == f"sha-256=:{digest}:"


def test_a_browser_runs_nothing_of_it(browser):
    file = upload(browser, "证书 1.pdf").json()

    down = browser.get(f"/api/v1/files/{file['id']}/content")

    assert down.getvalue()
    assert down["Content-Disposition"].startswith("attachment; filename*=utf-8''%E8%AF%81")
    assert down["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert down["X-Content-Type-Options"] == "nosniff"
    assert down["Cross-Origin-Resource-Policy"] == "same-origin"
    assert down["Cache-Control"] == "private, no-store"


def test_an_upload_that_is_sent_twice_is_one_file(browser):
    first, again = upload(browser), upload(browser)

    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert len(browser.get("/api/v1/files").json()["results"]) == 1


def test_the_type_that_is_said_counts_for_nothing(browser):
    reply = upload(browser, "page.pdf", contents.HTML, content_type="application/pdf")

    assert (reply.status_code, reply.json()["code"]) == (415, "file_type_refused")
    assert upload(browser, content_type="text/html", key="two").json()["media_type"] == (
        "application/pdf"
    )


@pytest.mark.parametrize(
    ("name", "query", "content", "status", "code"),
    [
        ("a.pdf", "", b"", 400, "file_empty"),
        ("", "", contents.PDF, 400, "blank"),
        ("a%00.pdf", "", contents.PDF, 400, "control_character"),
        ("a.pdf.exe", "", contents.PDF, 422, "file_name_refused"),
        ("a.png", "", contents.PDF, 422, "file_name_refused"),
        ("a.pdf", "&other=1", contents.PDF, 400, "unknown_field"),
        ("a.pdf", "&expires_at=2001-01-01", contents.PDF, 400, "invalid"),
        ("a.pdf", "&expires_at=2999-01-01", contents.PDF, 400, "invalid"),
        ("a.pdf", "&expires_at=soon", contents.PDF, 400, "invalid_moment"),
        ("x" * 300, "", contents.PDF, 400, "max_length"),
        ("a.pdf", "", b"%PDF-1.7" + b"0" * 9_000_000, 413, "too_large"),
    ],
)
def test_what_is_refused_is_told(browser, name, query, content, status, code):
    reply = upload(browser, name, content, query=query)

    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert browser.get("/api/v1/files").json()["results"] == []


def test_another_organisation_finds_nothing(browser):
    file = upload(browser).json()
    other = cast.signed_in(cast.member(cast.organization("Zeta"), Role.BUYER))
    duty = cast.signed_in(cast.member(cast.organization("Audit"), Role.AUDITOR))

    for stranger in (other, duty):
        for address in (f"/api/v1/files/{file['id']}", f"/api/v1/files/{file['id']}/content"):
            assert stranger.get(address).json()["code"] == "file_not_found"
        assert stranger.delete(f"/api/v1/files/{file['id']}").status_code == 404
    assert browser.get(f"/api/v1/files/{file['id']}").status_code == 200


def test_a_file_is_removed_and_room_is_there_again(browser, settings):
    settings.FILES_ORGANIZATION_FILES_MAX = 1
    file = upload(browser).json()
    assert upload(browser, key="two").json()["code"] == "file_quota_exceeded"
    assert browser.get("/api/v1/file-allowance").json() == {
        "files": 1,
        "bytes": len(contents.PDF),
        "files_max": 1,
        "bytes_max": settings.FILES_ORGANIZATION_BYTES_MAX,
    }

    assert browser.delete(f"/api/v1/files/{file['id']}").status_code == 204
    assert browser.get(f"/api/v1/files/{file['id']}").status_code == 404
    assert upload(browser, key="three").status_code == 201

"""Many resources from one file: each row is told before anything is entered, and entered once."""

import io
import json
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from common import tenancy
from identity.contracts import Role
from identity.files.models import StoredFile
from identity.models import ComputeResource
from marketplace.catalog.models import Listing
from marketplace.importing.capacity import uploads
from tests import cast
from tests.identity import standing

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
PAGE = "/supply/resources/import/"
HEAD = ["name", "region", "class", "form", "unit", "quantity", "chip", "serial"]
PRICED = [*HEAD, "price_unit", "unit_price"]
GOOD = ["Hall A", "640500", "AI", "BARE_METAL", "card", "8", "H100", "A1"]
OTHER = ["Hall B", "640500", "GENERAL", "VM", "vcpu", "64", "", "B1"]
BAD = ["Hall C", "999999", "AI", "BARE_METAL", "card", "8", "H100", "C1"]


@pytest.fixture
def provider():
    return cast.organization("Yun")


@pytest.fixture
def browser(provider):
    return cast.signed_in(cast.member(provider, Role.PROVIDER))


def as_csv(*rows, encoding="utf-8"):
    return "\n".join(",".join(row) for row in rows).encode(encoding)


def as_sheet(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(
            [int(cell) if cell.isdigit() and cell != "640500" else cell or None for cell in row]
        )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_array(head, *rows):
    return json.dumps([dict(zip(head, row, strict=True)) for row in rows]).encode()


def upload(browser, content, name="resources.csv", **facts):
    sent = {"key": str(uuid4()), "source": "", "file": SimpleUploadedFile(name, content), **facts}
    return browser.post(PAGE, sent, headers=ENGLISH, follow=True)


def confirm(browser, page, **facts):
    told = facts.pop("told", None) or page.context["told"].mark
    address = page.redirect_chain[-1][0].partition("?")[0]
    sent = {"key": str(uuid4()), "source": "", "seen": told, **facts}
    return browser.post(address, sent, headers=ENGLISH, follow=True)


def test_a_serial_that_stands_twice_is_told_by_its_row(browser):
    page = upload(browser, as_csv(HEAD, GOOD, OTHER, ["Hall C", *GOOD[1:]]))
    shown = page.content.decode()
    assert "The same serial or name stands in row 2." in shown
    assert "You have registered" not in shown


def names():
    with tenancy.acting_as_platform():
        return sorted(ComputeResource.objects.values_list("name", flat=True))


@pytest.mark.parametrize("written", ["csv", "gb18030", "xlsx", "json"])
def test_each_row_is_told_by_its_number_and_good_ones_are_entered_once(browser, written):
    rows = {
        "csv": lambda: (as_csv(HEAD, GOOD, BAD, OTHER), "a.csv"),
        "gb18030": lambda: (
            as_csv(HEAD, ["中卫", *GOOD[1:]], BAD, OTHER, encoding="gb18030"),
            "a.csv",
        ),
        "xlsx": lambda: (as_sheet(HEAD, GOOD, BAD, OTHER), "a.xlsx"),
        "json": lambda: (as_array(HEAD, GOOD, BAD, OTHER), "a.json"),
    }
    content, name = rows[written]()

    page = upload(browser, content, name)

    told = page.context["told"]
    shift = 1 if written == "json" else 0
    assert [(row.number + shift, row.kind) for row in told.rows] == [
        (3, "refused"),
        (2, "new"),
        (4, "new"),
    ]
    assert "No region has this code today." in page.text
    assert names() == []
    done = confirm(browser, page)
    assert "2 resources are registered, 0 listed" in done.text
    assert len(names()) == 2
    again = upload(browser, content, name)
    assert again.context["told"].counts == {"new": 0, "changed": 0, "known": 2, "refused": 1}
    confirm(browser, again)
    assert len(names()) == 2


def test_a_row_with_a_price_is_listed_and_may_become_cheaper_but_not_dearer(browser):
    def priced(price):
        return as_csv(PRICED, [*GOOD, "standard_hour", price])

    confirm(browser, upload(browser, priced("3.20")))
    cheaper = upload(browser, priced("3.10"))
    dearer = upload(browser, priced("3.30"))

    assert cheaper.context["told"].count("refused") == 1  # Unless prices are to be taken.
    address = cheaper.redirect_chain[-1][0].partition("?")[0] + "outcome/"
    asked = browser.get(address, {"updates_prices": "on"}, headers=ENGLISH)
    assert asked.context["told"].counts["changed"] == 1
    confirm(browser, cheaper, updates_prices="on", told=asked.context["told"].mark)
    assert str(Listing.objects.get().headline_price) == "3.100000"
    address = dearer.redirect_chain[-1][0].partition("?")[0] + "outcome/"
    refused = browser.get(address, {"updates_prices": "on"}, headers=ENGLISH)
    assert "seven days" in refused.text


def test_all_or_nothing_is_nothing_while_a_row_is_refused(browser):
    page = upload(browser, as_csv(HEAD, GOOD, BAD))
    address = page.redirect_chain[-1][0].partition("?")[0] + "outcome/"

    strict = browser.get(address, {"is_strict": "on"}, headers=ENGLISH)
    confirm(browser, page, is_strict="on", told=strict.context["told"].mark)

    assert "nothing would be entered" in strict.text
    assert names() == []


def test_what_was_not_read_is_not_entered(browser):
    page = upload(browser, as_csv(HEAD, GOOD))

    shown = confirm(browser, page, told="another mark")

    assert shown.status_code == 200
    assert names() == []


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"one,two\n1,2\n", "header"),
        ("a.csv", ",".join(HEAD).encode(), "no row below the header"),
        ("a.json", b'{"name": "x"}', "an array"),
        ("a.pdf", b"%PDF-1.7 x", "CSV"),
    ],
    ids=["empty", "other-header", "no-rows", "object", "pdf"],
)
def test_a_file_that_is_no_table_is_refused_beside_its_field(browser, name, content, told):
    page = upload(browser, content, name)

    assert page.status_code in (200, 422)
    assert told in str(page.context["form"].errors.get("file", ""))
    assert names() == []


def test_a_damaged_workbook_is_refused(browser):
    content = as_sheet(HEAD, GOOD)
    damaged = content.replace(b"xl/worksheets/sheet1.xml", b"xl/worksheets/sheet9.xml")

    page = upload(browser, damaged, "a.xlsx")

    assert "damaged" in str(page.context["form"].errors.get("file", ""))


def test_more_rows_than_are_taken_are_refused(browser, monkeypatch):
    monkeypatch.setattr(uploads, "ROWS_MAX", 1)

    page = upload(browser, as_csv(HEAD, GOOD, OTHER))

    assert "more than 1 rows" in str(page.context["form"].errors["file"])


def test_a_strangers_file_is_not_there(browser, provider):
    page = upload(browser, as_csv(HEAD, GOOD))
    address = page.redirect_chain[-1][0].partition("?")[0]
    stranger = cast.signed_in(cast.member(cast.organization("Else"), Role.PROVIDER))

    assert stranger.get(address).status_code == 404
    assert stranger.get(address + "outcome/").status_code == 404


def test_a_suspended_provider_enters_nothing_and_reads_why(browser, provider):
    first, second = standing.operators()
    page = upload(browser, as_csv(PRICED, [*GOOD, "standard_hour", "3.20"]))
    standing.suspend(provider, by=first, second=second)

    shown = confirm(browser, page)

    assert (shown.status_code, "suspended" in shown.text) == (403, True)
    assert names() == []


def test_the_template_can_be_uploaded_as_it_is(browser):
    template = browser.get(PAGE + "template/")

    page = upload(browser, template.content)

    assert page.context["told"].counts["new"] == 1
    assert "as CSV" in page.text
    address = page.redirect_chain[-1][0].partition("?")[0]
    table = browser.get(address + "outcome/?export=csv", headers=ENGLISH)
    assert "New" in table.content.decode("utf-8-sig")


def test_the_file_stands_among_the_files_and_can_be_removed(browser):
    upload(browser, as_csv(HEAD, GOOD), "hall.csv")
    with tenancy.acting_as_platform():
        file = StoredFile.objects.get()

    page = browser.get("/files/", headers=ENGLISH)
    asked = browser.post(
        "/files/", {"list": "files", "act": "remove", "pick": str(file.pk)}, headers=ENGLISH
    )
    sent = {"list": "files", "act": "remove", "pick": str(file.pk), "confirmed": "1"}
    browser.post("/files/", sent, headers=ENGLISH)

    assert "hall.csv" in page.text
    assert "Resources to register" in page.text
    assert "gone for everybody" in asked.text
    assert "No files yet" in browser.get("/files/", headers=ENGLISH).text

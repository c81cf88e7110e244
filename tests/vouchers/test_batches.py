"""A class of students as a batch of vouchers: one list, two persons, all or nothing."""

from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from common import tenancy
from common.tabular.columns import Column
from common.tabular.contracts import FileRefused
from common.tabular.writing import XlsxWriter
from identity.contracts import Role, SecondPersonRequired
from ledger import selectors as ledger
from marketplace import accounts
from marketplace.vouchers import batch_files, selectors, services
from marketplace.vouchers.batch_files import BatchRow
from marketplace.vouchers.contracts import (
    BatchExists,
    BatchLineRefused,
    BatchUndecided,
    Decision,
    ProgrammeExhausted,
)
from marketplace.vouchers.models import Application, BatchLine, Voucher, VoucherBatch
from tests import cast
from tests.cast import NOW
from tests.orders.cast import buyer, programme

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
CLASS = "name,amount\r\nLi Ming,100\r\nWang Fang,50.5\r\n"


def rows(*amounts):
    return [BatchRow(place, f"Student {place}", each) for place, each in enumerate(amounts, 1)]


def made(city, school, listed, name="Class 3", person=None):
    person = person or cast.member(school, Role.BUYER)
    with tenancy.acting_as(school.pk):
        return services.apply_batch(
            programme_id=city.pk,
            made_for=school.pk,
            name=name,
            rows=listed,
            person_id=person.pk,
            now=NOW,
        )


def officers(city):
    return [cast.member(city.issuer, Role.ISSUER) for _each in range(2)]


def decide(city, batch, person, decision=Decision.APPROVE, note=""):
    with tenancy.acting_as_platform():
        return services.decide_batch(
            batch_id=batch.pk,
            issuer_id=city.issuer_id,
            decided_by_id=person.pk,
            decision=decision,
            note=note,
            now=NOW,
        )


def issue(city, batch, person):
    with tenancy.acting_as_platform():
        return services.issue_batch(
            batch_id=batch.pk, issuer_id=city.issuer_id, issued_by_id=person.pk, now=NOW
        )


def pool(city):
    with tenancy.acting_as_platform():
        account = accounts.voucher_pool(city.code)
        return ledger.balances([account])[account].available


def test_a_class_gets_a_voucher_each_decided_by_two():
    city, school = programme("1000"), buyer()
    first, second = officers(city)
    batch = made(city, school, rows(100_00, 50_00, 25_00))

    assert decide(city, batch, first) == 3
    with pytest.raises(SecondPersonRequired):
        decide(city, batch, first)
    assert decide(city, batch, second) == 3
    issued = issue(city, batch, second)

    assert len({each.number for each in issued}) == 3
    assert {each.holder_id for each in issued} == {school.pk}
    assert pool(city) == 1000_00 - 175_00
    with tenancy.acting_as(school.pk):
        lines = list(selectors.batch_lines(batch.pk))
        assert [each.named for each in lines] == ["Student 1", "Student 2", "Student 3"]
        assert all(each.application.state == "ISSUED" for each in lines)
    with pytest.raises(BatchUndecided):
        issue(city, batch, second)
    with tenancy.acting_as(buyer().pk):
        assert not VoucherBatch.objects.exists()


def test_a_batch_beyond_the_pool_is_not_made_and_one_that_it_no_longer_holds_issues_nothing():
    city, school = programme("200"), buyer()
    first, second = officers(city)
    with pytest.raises(ProgrammeExhausted):
        made(city, school, rows(150_00, 50_01))
    one, two = (made(city, school, rows(100_00, 50_00), name) for name in ("A", "B"))
    for batch in (one, two):
        decide(city, batch, first)
        decide(city, batch, second)

    issue(city, one, second)
    with pytest.raises(ProgrammeExhausted):
        issue(city, two, second)

    with tenancy.acting_as_platform():
        assert Voucher.objects.count() == 2
        assert Application.objects.filter(state="APPROVED").count() == 2
    assert pool(city) == 50_00


def test_a_list_is_taken_whole_or_not_at_all_and_once_a_name():
    city, school = programme("1000", per_entity_year_cap_minor=80_00), buyer()

    with pytest.raises(BatchLineRefused) as refused:
        made(city, school, rows(50_00, 90_00))
    assert "Student 2" in str(refused.value)
    with tenancy.acting_as_platform():
        assert not Application.objects.exists()
    made(city, school, rows(50_00))
    with pytest.raises(BatchExists):
        made(city, school, rows(10_00))


def test_a_school_lists_its_own_and_an_issuer_those_of_others():
    city, school, other = programme("1000"), buyer(), buyer()
    foreign = [BatchRow(1, "Li", 100, other.uscc)]

    with pytest.raises(BatchLineRefused):
        made(city, school, foreign)
    with pytest.raises(BatchLineRefused):
        made(city, city.issuer, rows(100), person=officers(city)[0])
    with pytest.raises(BatchLineRefused):
        made(city, city.issuer, [BatchRow(1, "Li", 100, "91640500Y4CL12TH3M")])
    clerk, first, second = (cast.member(city.issuer, Role.ISSUER) for _each in range(3))
    with tenancy.acting_as_platform():
        batch = services.apply_batch(
            programme_id=city.pk,
            made_for=city.issuer_id,
            name="Makers",
            rows=foreign,
            person_id=clerk.pk,
            now=NOW,
        )
    with pytest.raises(SecondPersonRequired):
        decide(city, batch, clerk)
    decide(city, batch, first)
    decide(city, batch, second)
    assert issue(city, batch, second)[0].holder_id == other.pk


def test_a_batch_and_its_lines_are_never_changed():
    city, school = programme("1000"), buyer()
    made(city, school, rows(100))

    for table in ("vouchers_voucherbatch", "vouchers_batchline"):
        with (
            pytest.raises(DatabaseError, match=r"denied|append"),
            transaction.atomic(),
            tenancy.acting_as_platform(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"DELETE FROM {table}")
    with tenancy.acting_as_platform():
        assert BatchLine.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        (CLASS, 2, []),
        ("姓名,金额\n李明,1\n", 1, []),
        ("amount;name\n¥1;Li\n¥1,Wang\n", 1, [3]),
        ("name,amount\nLi,0\nWang,x\n,1\nLi,1\nLi,2\n", 1, [2, 3, 4, 6]),
        ("name,amount\n" + "\n".join(f"n{each},1" for each in range(201)), 0, None),
        ("name,amount\n", 0, None),
        ("colour\nred\n", 0, None),
    ],
    ids=["english", "chinese", "separator", "faults", "many", "empty", "header"],
)
def test_each_row_of_a_list_is_good_or_says_what_is_wrong(text, good, bad):
    if bad is None:
        with pytest.raises(FileRefused):
            batch_files.read(text.encode(), media_type="text/csv")
        return
    found = batch_files.read(text.encode(), media_type="text/csv")

    assert len(found.rows) == good
    assert [each.row for each in found.bad] == bad


def test_a_workbook_is_read_as_a_table(tmp_path):
    path = tmp_path / "class.xlsx"
    writer = XlsxWriter(path, [Column("name"), Column("amount")])
    writer.write(["李明", "12.5"])
    writer.close()

    found = batch_files.read(path.read_bytes(), media_type=batch_files.SHEET)

    assert [(each.named, each.amount_minor) for each in found.rows] == [("李明", 1250)]


def send(browser, address, **values):
    return browser.post(address, {"key": str(uuid4())} | values, headers=ENGLISH, follow=True)


def test_a_school_brings_a_list_and_sees_it_before_it_counts():
    with time_machine.travel(NOW, tick=False):
        city, school = programme("1000"), buyer()
        browser = cast.signed_in(cast.member(school, Role.BUYER))
        new = reverse("portal:voucher-batch-new")
        wrong = SimpleUploadedFile("class.csv", b"name,amount\nLi,0\n")
        page = send(browser, new, programme=city.code, name="Class 3", file=wrong)
        assert "Mend these rows" in page.text
        assert "Apply for all of it" not in page.text
        listed = SimpleUploadedFile("class.csv", CLASS.encode())
        page = send(browser, new, programme=city.code, name="Class 3", file=listed)
        assert "2 rows, ¥150.50" in page.text
        with tenancy.acting_as_platform():
            assert not VoucherBatch.objects.exists()
        done = send(browser, page.request["PATH_INFO"] + "?" + page.request["QUERY_STRING"])

        assert "is with the issuer" in done.text
        with tenancy.acting_as_platform():
            batch = VoucherBatch.objects.get()
        first, second = (cast.signed_in(each) for each in officers(city))
        address = reverse("portal:voucher-batch", args=[batch.pk])
        send(first, address, decision="APPROVE", note="")
        alone = send(first, address, decision="APPROVE", note="")
        assert alone.status_code == 422
        send(second, address, decision="APPROVE", note="")
        assert "Issue 2 vouchers" in second.get(address, headers=ENGLISH).text
        send(second, address)
        assert "Issued: 2" in browser.get(address, headers=ENGLISH).text

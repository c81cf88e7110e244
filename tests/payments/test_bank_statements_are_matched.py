"""A statement's lines are booked once, and matched by reference, by number, or by two people."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from common import tenancy
from identity.approvals import selectors as proposals
from identity.contracts import SecondPersonRequired
from marketplace import accounts
from marketplace.payments import references, services
from marketplace.payments.contracts import (
    MATCH_KIND,
    DifferenceKind,
    LineMatched,
    LineState,
    SourceCooling,
    StatementRefused,
)
from marketplace.payments.models import (
    BankLine,
    BankStatement,
    MoneyDifference,
    PaymentSource,
)
from marketplace.payments.services.reconciling import compare_clearing
from tests.cast import NOW
from tests.payments.cast import (
    STATES,
    approved,
    available,
    buyer,
    clerk,
    member,
    moved,
    paid_in,
    posted,
    refund,
)

pytestmark = pytest.mark.django_db
HEAD = "date,amount,reference,text,party,party_account\n"
CAMT = """<?xml version="1.0"?>{dtd}
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>1</Id>
<Acct><Id><Othr><Id>6222</Id></Othr></Id></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">100.00</Amt>
<CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">{closing}</Amt>
<CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Ntry><Amt Ccy="CNY">50.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-11-25</Dt></BookgDt><AcctSvcrRef>B1</AcctSvcrRef><NtryDtls><TxDtls><RltdPties>
<Dbtr><Pty><Nm>Haichao</Nm></Pty></Dbtr><DbtrAcct><Id><Othr><Id>4711</Id></Othr></Id></DbtrAcct>
</RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


def taken(text: str, name: str = "bank.csv") -> BankStatement:
    raw = text.encode()
    return services.import_statement(raw=raw, file_name=name, by=clerk(), now=NOW)


def lines() -> list[BankLine]:
    with tenancy.acting_as_platform():
        return list(BankLine.objects.order_by("line"))


@pytest.mark.parametrize(
    "write",
    [
        str,
        str.lower,
        lambda it: it.replace(" ", ""),
        lambda it: f"付款 {it.replace(' ', '-')}，谢谢",
    ],
    ids=["grouped", "small letters", "in one piece", "among words"],
)
def test_a_line_with_a_right_reference_is_the_buyers_at_once(write):
    haichao = buyer()
    text = write(references.of(haichao.uscc))

    found = taken(f'{HEAD}2026-11-25,"1,200.50",B1,{text},Haichao,4711\n')

    assert (found.new_count, found.matched_count) == (1, 1)
    assert available(haichao) == 1200_50
    assert (posted(accounts.clearing_in()), posted(accounts.bank())) == (0, -1200_50)


def test_a_slip_in_a_reference_is_seen_and_the_line_waits():
    haichao = buyer()
    reference = references.of(haichao.uscc)
    digit = str((int(reference[2]) + 1) % 10)

    found = taken(f"{HEAD}2026-11-25,50.00,B1,{reference[:2]}{digit}{reference[3:]},H,4711\n")

    assert found.matched_count == 0
    assert (available(haichao), posted(accounts.clearing_in())) == (0, 50_00)


def test_the_same_file_and_the_same_line_in_another_file_count_once():
    haichao = buyer()
    line = f"2026-11-25,50.00,B1,{references.of(haichao.uscc)},H,4711\n"
    equal = "2026-11-25,5.00,,cash,,\n"

    first = taken(HEAD + line)
    assert taken(HEAD + line).pk == first.pk
    second = taken(HEAD + line + equal + equal)

    assert (second.lines_count, second.new_count) == (3, 2)
    assert available(haichao) == 50_00


def test_camt_says_the_same_and_its_sums_must_agree():
    haichao = buyer()
    text = references.of(haichao.uscc)

    with pytest.raises(StatementRefused):
        taken(CAMT.format(dtd="", closing="151.00", text=text))
    found = taken(CAMT.format(dtd="", closing="150.00", text=text))

    assert (found.form, found.account, found.matched_count) == ("CAMT053", "6222", 1)
    assert available(haichao) == 50_00


@pytest.mark.parametrize(
    "dtd",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a [<!ENTITY x "y">]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1/x.dtd">',
    ],
    ids=["file", "entity", "address"],
)
def test_a_file_that_refers_to_others_is_refused(dtd):
    with pytest.raises(StatementRefused):
        taken(CAMT.format(dtd=dtd, closing="150.00", text="&x;"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<a/>",
        "<a",
        HEAD,
        f"{HEAD}2026-02-30,1.00,,,,\n",
        f"{HEAD}2026-02-20,1.001,,,,\n",
        f"{HEAD}2026-02-20,NaN,,,,\n",
        f"{HEAD}2026-02-20,0,,,,\n",
        f"{HEAD}2026-02-20,1.00,,\n",
    ],
    ids=["empty", "other", "cut", "head", "day", "digits", "number", "nothing", "cells"],
)
def test_what_cannot_be_read_whole_is_refused_whole(text):
    with pytest.raises(StatementRefused):
        taken(text)
    assert lines() == []


def test_a_line_by_hand_takes_two_people_none_of_them_the_buyers():
    haichao = buyer()
    taken(f"{HEAD}2026-11-25,50.00,B1,no reference,Haichao,4711\n")
    [line] = lines()
    first, second = clerk(), clerk()
    proposed = services.propose_match(
        line_id=line.pk, organization_id=haichao.pk, by=first, now=NOW
    )

    def confirm(person):
        return services.confirm_match(
            proposal_id=proposed.id,
            person_id=person.id,
            organization_id=person.organization_id,
            now=NOW,
        )

    with pytest.raises(SecondPersonRequired):
        confirm(first)
    confirm(second)

    assert (available(haichao), posted(accounts.clearing_in())) == (50_00, 0)
    with pytest.raises(LineMatched):
        services.propose_match(line_id=line.pk, organization_id=haichao.pk, by=first, now=NOW)
    assert not proposals.waiting(kind=MATCH_KIND).exists()


def test_the_database_takes_no_line_by_hand_that_nobody_agreed_on():
    buyer()
    taken(f"{HEAD}2026-11-25,50.00,B1,no reference,Haichao,4711\n")
    changes = (
        {"state": LineState.MATCHED, "rule": "hand", "matched_at": NOW},
        {"amount_minor": 60_00},
    )
    for change in changes:
        with tenancy.acting_as_platform(), pytest.raises(IntegrityError), transaction.atomic():
            BankLine.objects.update(**change)


def test_money_goes_back_to_a_bank_account_after_it_has_cooled_and_leaves_by_its_number(settings):
    haichao = buyer()
    taken(f"{HEAD}2026-11-25,50.00,B1,{references.of(haichao.uscc)},H,4711\n")
    with tenancy.acting_as_platform():
        source = PaymentSource.objects.get(reference="4711")
    asking = {"source_id": source.pk, "amount_minor": 20_00, "by": member(haichao)}

    with pytest.raises(SourceCooling):
        services.ask_refund(**asking, key="1", now=NOW)
    asked = services.ask_refund(**asking, key="1", now=NOW + settings.PAYMENTS_COOLING)
    with tenancy.acting_as_platform():
        approved(asked)
    found = taken(f"{HEAD}2026-11-26,-20.00,B2,{asked.number},H,4711\n", "next.csv")

    assert found.matched_count == 1
    assert posted(accounts.clearing_out("BANK")) == 0
    assert posted(accounts.bank()) == -30_00


def test_what_left_and_is_not_confirmed_for_a_day_is_told_once_a_day():
    haichao = buyer()
    source = paid_in(haichao, 100_00)
    moved(refund(haichao, 40_00, source), STATES.APPROVED)

    def found() -> list[tuple[str, int]]:
        with tenancy.acting_as_platform():
            kinds = MoneyDifference.objects.order_by("id").values_list("kind", "ours_minor")
            return list(kinds)

    compare_clearing(now=NOW + timedelta(hours=23))
    assert found() == []
    for later in (25, 26, 50):
        compare_clearing(now=NOW + timedelta(hours=later))

    assert found() == [(DifferenceKind.STALE, 40_00)] * 2

"""Who is told of what, once, and how letters follow."""

from datetime import timedelta

import pytest
from django.core import mail

from common import tenancy
from common.ids import uuid7
from identity.contracts import Role
from identity.events import registry as event_names
from identity.notices import rules, selectors, services
from identity.notices.contracts import Letters, LetterState, Topic, UnknownNotice
from tests.cast import NOW, leaves, member, organization
from tests.notices.cast import ASKED, COUNTED, ROLES, actor, happened, told

pytestmark = pytest.mark.usefixtures("fresh_database")


def test_members_in_the_right_role_of_the_concerned_are_told_once():
    buyer, stranger = organization("Buyer"), organization("Stranger")
    both = member(buyer, Role.BUYER, Role.PROVIDER)
    auditor, foreign = member(buyer, Role.AUDITOR), member(stranger, Role.BUYER)
    gone = member(buyer, Role.BUYER)
    leaves(gone)
    happened(ASKED, buyer)

    assert services.spread(now=NOW).notices == 1
    assert services.spread(now=NOW).notices == 0

    assert [each.object_label for each in told(both)] == ["M-1"]
    assert told(auditor) == told(foreign) == told(gone) == []


def test_nobody_is_told_of_what_they_did_themselves():
    buyer = organization("Buyer")
    one, other = member(buyer, Role.BUYER), member(buyer, Role.BUYER)
    happened(ASKED, buyer, person=one)

    services.spread(now=NOW)

    assert told(one) == []
    assert len(told(other)) == 1


def test_holders_of_roles_that_the_event_names_are_told_wherever_they_hold_them():
    platform = organization("Platform")
    clerk, operator = member(platform, Role.FINANCE), member(platform, Role.OPERATOR)
    happened(ROLES, organization("Buyer"), roles=["FINANCE"])
    happened(ROLES, organization("Buyer"), roles=["FINANCE"], told_otherwise="delivery")

    services.spread(now=NOW)

    assert len(told(clerk)) == 1
    assert told(operator) == []


def test_what_comes_often_is_counted_in_one_notice_that_is_unread_again():
    buyer = organization("Buyer")
    user = member(buyer, Role.BUYER)
    for _ in range(3):
        happened(COUNTED, buyer)
    services.spread(now=NOW, limit=2)
    with tenancy.acting_as_platform():
        services.mark_all_read(actor(user, buyer, Role.BUYER), until=NOW, now=NOW)
    services.spread(now=NOW + timedelta(minutes=1))

    (notice,) = told(user)
    assert (notice.count, notice.object_id, notice.read_at) == (3, "", None)

    happened(COUNTED, buyer)
    services.spread(now=NOW + rules.BUNDLE)
    assert [each.count for each in told(user)] == [3, 1]


def test_what_waits_is_called_to_mind_until_it_is_answered_and_three_times_at_most(settings):
    buyer = organization("Buyer")
    user = member(buyer, Role.BUYER)
    answered, forgotten = uuid7(), uuid7()
    happened(ASKED, buyer, object_id=answered)
    happened(ASKED, buyer, object_id=forgotten)
    services.spread(now=NOW)
    services.send_due(now=NOW)
    happened(COUNTED, buyer, object_id=answered)
    services.spread(now=NOW)

    reminded = [
        services.remind(now=NOW + timedelta(hours=settings.NOTICES_REMINDER_HOURS * day))
        for day in range(1, 7)
    ]

    assert reminded == [1, 1, 1, 0, 0, 0]
    first, second, _removed = told(user)
    assert first.answered_at == NOW
    assert (second.object_id, second.reminders) == (str(forgotten), 3)


def test_a_letter_is_one_a_person_in_their_language_with_all_that_is_due(mailoutbox):
    buyer = organization("Buyer")
    english, chinese = (member(buyer, Role.BUYER) for _ in range(2))
    english.language = "en"
    english.save(update_fields=["language"])
    with tenancy.acting_as_platform():
        services.choose_letters(actor(english, buyer, Role.BUYER), {Topic.ORDERS: Letters.AT_ONCE})
    happened(ASKED, buyer)
    happened(ASKED, buyer)
    happened(COUNTED, buyer)
    services.spread(now=NOW)

    assert services.send_due(now=NOW) == 2
    assert services.send_due(now=NOW) == 0
    assert services.send_due(now=NOW + rules.BUNDLE) == 1  # What is counted waits for its end.

    letters = {each.to[0]: each for each in mailoutbox[:2]}
    assert letters[english.email].subject.endswith("2 notices")
    assert "Label of notices.test.asked: M-1" in letters[english.email].body
    assert "2 条通知" in letters[chinese.email].subject
    assert mailoutbox[2].to == [english.email]


def test_who_wants_letters_once_a_day_has_them_at_the_hour_of_the_market(mailoutbox, settings):
    buyer = organization("Buyer")
    user = member(buyer, Role.BUYER)
    with tenancy.acting_as_platform():
        services.choose_letters(actor(user, buyer, Role.BUYER), {Topic.PEOPLE: Letters.DAILY})
    happened(ASKED, buyer)
    services.spread(now=NOW)  # 16:00 in Shanghai

    assert services.send_due(now=NOW + timedelta(hours=15, minutes=59)) == 0
    assert services.send_due(now=NOW + timedelta(hours=16)) == 1


def test_who_wants_no_letters_still_finds_the_notice():
    buyer = organization("Buyer")
    user = member(buyer, Role.BUYER)
    with tenancy.acting_as_platform():
        services.choose_letters(actor(user, buyer, Role.BUYER), {Topic.PEOPLE: Letters.NEVER})
    happened(ASKED, buyer)
    services.spread(now=NOW)

    assert services.send_due(now=NOW + timedelta(days=9)) == 0
    assert [each.letter for each in told(user)] == [LetterState.NONE]


def test_a_letter_that_cannot_be_sent_is_tried_again_and_keeps_later_ones_waiting(
    mailoutbox, monkeypatch
):
    buyer = organization("Buyer")
    member(buyer, Role.BUYER)
    happened(ASKED, buyer, object_id=(first := uuid7()))
    services.spread(now=NOW)
    monkeypatch.setattr(mail.EmailMessage, "send", _broken)
    assert services.send_due(now=NOW) == 0
    monkeypatch.undo()
    happened(COUNTED, buyer, object_id=first)
    services.spread(now=NOW)

    assert services.send_due(now=NOW + timedelta(minutes=4)) == 0
    assert services.send_due(now=NOW + timedelta(minutes=5)) == 1
    assert len(mailoutbox) == 1


def test_a_letter_is_given_up_after_a_bounded_number_of_tries(monkeypatch):
    buyer = organization("Buyer")
    user = member(buyer, Role.BUYER)
    happened(ASKED, buyer)
    services.spread(now=NOW)
    monkeypatch.setattr(mail.EmailMessage, "send", _broken)

    for hours in range(0, 24 * 4, 2):
        services.send_due(now=NOW + timedelta(hours=hours))

    (notice,) = told(user)
    assert (notice.letter, notice.letter_tries) == (LetterState.FAILED, rules.TRIES_MAX + 1)


def _broken(_message):
    raise OSError


def test_a_person_reads_and_marks_their_own_alone():
    buyer = organization("Buyer")
    one, other = member(buyer, Role.BUYER), member(buyer, Role.BUYER)
    happened(ASKED, buyer)
    services.spread(now=NOW)
    (mine,), (theirs,) = told(one), told(other)
    me = actor(one, buyer, Role.BUYER)

    with tenancy.acting_as(buyer.pk):
        assert selectors.unread_count(me) == 1
        with pytest.raises(UnknownNotice):
            services.mark_read(me, ids=[mine.pk, theirs.pk], now=NOW)
        assert selectors.unread_count(me) == 1
        assert services.mark_read(me, ids=[mine.pk], now=NOW) == 1
        assert services.mark_read(me, ids=[mine.pk], now=NOW) == 0
    assert told(other)[0].read_at is None


def test_old_notices_are_dropped_and_the_record_keeps_what_happened():
    buyer = organization("Buyer")
    user = member(buyer, Role.BUYER)
    happened(ASKED, buyer)
    services.spread(now=NOW)

    assert services.forget(before=NOW) == 0
    assert services.forget(before=NOW + timedelta(seconds=1)) == 1
    assert told(user) == []
    assert services.spread(now=NOW).notices == 0


def test_every_rule_names_events_that_some_room_records():
    from config.notices import RULES

    named = {name for rule in RULES.values() for name in rule.answers} | RULES.keys()

    assert sorted(name for name in named if not event_names.is_known(name)) == []

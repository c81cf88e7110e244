"""Events in a file, one a line or as one array: each is a reading, or is named by its line."""

import json
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.tabular import Lines
from marketplace.importing import formats
from marketplace.importing.contracts import (
    BadRow,
    OneEventALine,
    UnknownUsageFormat,
    UsageFormat,
)
from marketplace.importing.formats import cloudevents_jsonl
from tests.metering.test_hostile_messages import DATA, EVENT

GOOD = EVENT | {"data": DATA}


def read(content: bytes | str) -> list[tuple[int, str]]:
    """Return the line of each event with its id, or with the code of its refusal."""
    content = content.encode() if isinstance(content, str) else content
    return [
        (number, row.code if isinstance(row, BadRow) else row.event_id)
        for number, row in cloudevents_jsonl.readings(Lines(BytesIO(content)))
    ]


def event(name: str) -> str:
    return json.dumps(GOOD | {"id": name})


@pytest.mark.parametrize(
    "layout", ["[{}, {}]", "[\n{},\n{}\n]", "[{},{}]\n\n", " [ {} , {} ] ", "[\r\n{},\r\n{}]\r\n"]
)
def test_an_array_is_read_however_it_is_laid_out(layout):
    found = read(layout.replace("{}", "%s") % (event("a"), event("b")))

    assert [name for _line, name in found] == ["a", "b"]


def test_an_array_may_be_printed_for_people():
    text = json.dumps([GOOD | {"id": "a"}, GOOD | {"id": "b"}], indent=2)

    assert [name for _line, name in read(text)] == ["a", "b"]
    assert formats.detect(text.splitlines()[0]) == UsageFormat.CLOUDEVENTS


def test_an_array_of_thousands_stands_on_one_line():
    text = json.dumps([GOOD | {"id": f"e{number}"} for number in range(5_300)])

    assert len(read(text)) == 5_300


@pytest.mark.parametrize("end", ["\n", ""])
def test_two_foreign_bytes_cost_one_event_of_an_array(end):
    events = [event(f"e{number}").encode() for number in range(300)]
    events[100] = events[100][:-1] + b',"note":"\xbb\xfa"}'

    found = read(b"[" + f",{end}".encode().join(events) + b"]")

    assert len(found) == 300
    assert [each for each in found if not each[1].startswith("e")] == [
        (101 if end else 1, "bad_charset")
    ]


@pytest.mark.parametrize(
    "broken", ['{"id": NaN}', '{"a": 01}', "7", '"text"', "{}", "null", '{"a" 1}', "[]", "tru"]
)
def test_an_element_that_is_no_event_costs_itself_only(broken):
    assert read(f"[{event('a')},\n{broken},\n{event('b')}]") == [
        (1, "a"),
        (2, "invalid_event"),
        (3, "b"),
    ]


@pytest.mark.parametrize(
    "tail", ["", '{"id": "cut', '{"id": {', "]]", "] x", '] "', "}", ', "unclosed]']
)
def test_what_breaks_off_is_named_and_what_stood_before_it_is_in(tail):
    found = read(f"[{event('a')},\n{event('b')}\n,{tail}")

    assert found[:2] == [(1, "a"), (2, "b")]
    assert all(code == "invalid_event" for _line, code in found[2:])


def test_arrays_that_were_joined_are_read_one_after_the_other():
    assert read(f"[{event('a')}]\n[{event('b')}]\n") == [(1, "a"), (2, "b")]


def test_a_comment_among_lines_is_named():
    assert read(f"{event('a')}\r\n\r\n# end\r\n") == [(1, "a"), (3, "invalid_event")]


@pytest.mark.parametrize("first", ["{", '{"specversion": "1.0",', '{ "data": {'])
def test_an_event_over_several_lines_is_told_how_to_be_written(first):
    with pytest.raises(OneEventALine):
        formats.detect(first)


def test_json_of_others_is_no_events():
    with pytest.raises(UnknownUsageFormat):
        formats.detect('[{"status": "Pass", "jobid": "application_1"}]')


@given(text=st.text('[]{},":\\ \n1ae', max_size=60))
def test_any_text_that_begins_an_array_ends(text):
    assert isinstance(read(f"[{text}"), list)

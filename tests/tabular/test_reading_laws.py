"""What holds for any bytes: nothing is lost, and no line depends on another."""

from io import BytesIO
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from common.tabular import BadLine, FileRefused, Layout, Line, Lines, Record, Table
from common.tabular.lines import split_lines

PLAIN = Layout("plain", ("a", "b"))
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
PIECES = st.sampled_from(
    [
        *(
            b"1,2",
            b"",
            b",,",
            b'"',
            b'"x',
            b'x"y',
            b'"x,y",2',
            b"\xbb\xfa",
            b"\x00",
            b"1",
            b"1,2,3",
        ),
        *(b"a,b", "甲,乙".encode(), "\ufeff1,2".encode(), b" ", b"#", b"sep=,", b"1;2"),
        b"x" * 70_000,
    ]
)
LINE = st.lists(PIECES, max_size=3).map(b"".join)


def read(content: bytes) -> list[Line | BadLine]:
    try:
        return list(Lines(BytesIO(content)))
    except FileRefused:
        return []


@given(content=st.binary(max_size=200), cuts=st.lists(st.integers(0, 200), max_size=5))
def test_lines_do_not_depend_on_how_the_bytes_come(content, cuts):
    content = content.replace(b"\x00", b"\r").replace(b"\x01", b"\n")
    places = [0, *sorted(cut for cut in cuts if cut <= len(content)), len(content)]
    chunks = [content[start:end] for start, end in pairwise(places)]

    assert list(split_lines(chunks)) == list(split_lines([content]))


@given(body=st.lists(st.tuples(LINE, ENDS), max_size=30))
def test_every_line_is_a_record_or_bad_or_skipped(body):
    content = b"a,b\n" + "甲,乙\n".encode() + b"".join(line + end for line, end in body)
    source = Lines(BytesIO(content))
    table = Table(source, PLAIN)

    found = list(table)

    records = [each for each in found if isinstance(each, Record)]
    bad = [each for each in found if isinstance(each, BadLine)]
    assert len(records) + len(bad) + table.skipped + table.header.number == source.count
    assert source.count == len(list(split_lines([content])))
    numbers = [each.number for each in found]
    assert numbers == sorted(set(numbers))


@given(before=st.lists(LINE, max_size=10), after=st.lists(LINE, max_size=10), bad=LINE)
def test_one_line_never_changes_the_others(before, after, bad):
    def rows(middle: bytes) -> list[tuple[int, object]]:
        content = b"\n".join([b"a,b", "甲,乙".encode(), *before, middle, *after, b"1,2"])
        found = list(Table(Lines(BytesIO(content)), PLAIN))
        return [(each.number, each) for each in found if each.number != len(before) + 3]

    assert rows(bad) == rows(b"1,2")


@given(content=st.binary(max_size=400), charset=st.sampled_from(["", "gb18030", "utf-16", "big5"]))
def test_any_bytes_are_read_or_refused(content, charset):
    try:
        source = Lines(BytesIO(content), charset=charset)
        found = list(Table(source, PLAIN))
    except FileRefused:
        return  # a refusal, and no other error
    assert all(isinstance(each, Record | BadLine) for each in found)


@given(
    head=st.lists(LINE, min_size=1, max_size=8),
    tail=st.lists(LINE, min_size=1, max_size=8),
)
def test_a_file_cut_between_lines_reads_the_same(head, tail):
    first = b"".join(line + b"\n" for line in ["甲乙".encode(), *head])
    second = b"".join(line + b"\n" for line in ["甲乙".encode(), *tail])
    whole, one, two = read(first + second), read(first), read(second)

    if one and two and whole:
        assert whole[: len(one)] == one
        renumbered = [type(each)(each.number + len(one), *_rest(each)) for each in two]
        assert whole[len(one) :] == renumbered


def _rest(line: Line | BadLine) -> tuple[str, ...]:
    return (line.text,) if isinstance(line, Line) else (line.code, line.detail)

"""Each line of a file is a line of text, or is named as a bad one and costs no other."""

from io import BytesIO

import pytest
from django.utils import translation

from common.tabular import BadLine, FileRefused, Layout, Line, Lines, Record, Table
from common.tabular.contracts import LINE_LENGTH_MAX

PLAIN = Layout("plain", ("a", "b"), ("c",))
MACHINE_ROOM = "机房"


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def lines(content: bytes, charset: str = "") -> list[Line | BadLine]:
    return list(Lines(BytesIO(content), charset=charset))


def rows(content: bytes, layout: Layout = PLAIN, **options: str) -> list[Record | BadLine]:
    return list(Table(Lines(BytesIO(content)), layout, **options))


def refusal(content: bytes, charset: str = "", layout: Layout | None = None) -> FileRefused:
    def read() -> None:
        found = Lines(BytesIO(content), charset=charset)
        if layout:
            Table(found, layout)

    with pytest.raises(FileRefused) as refused:
        read()
    return refused.value


def told(bad: list[Record | BadLine]) -> list[tuple[int, str, str]]:
    return [(each.number, each.code, each.column) for each in bad if isinstance(each, BadLine)]


@pytest.mark.parametrize(
    "content",
    [
        "甲,乙\n".encode(),
        "\ufeff甲,乙".encode(),
        "\ufeff甲,乙\r\n".encode("utf-16-le"),
        "\ufeff甲,乙\r".encode("utf-16-be"),
    ],
)
def test_the_mark_at_the_beginning_tells_the_charset(content):
    assert lines(content) == [Line(1, "甲,乙")]


@pytest.mark.parametrize(
    ("name", "charset"),
    [
        ("GB18030", "gb18030"),
        ("gb2312", "gb18030"),
        (" GBK ", "gb18030"),
        ("Big5", "big5"),
        ("Shift_JIS", "shift_jis"),
        ("sjis", "shift_jis"),
        ("euc-jp", "euc_jp"),
        ("UTF8", "utf-8"),
        ("utf-16le", "utf-16-le"),
    ],
)
def test_a_named_charset_is_read_however_it_is_spelt(name, charset):
    content = "甲,乙\n丙,丁".encode(charset)

    assert [line.text for line in lines(content, name)] == ["甲,乙", "丙,丁"]


@pytest.mark.parametrize(
    "name", ["rot13", "hex", "utf-7", "idna", "cp037", "iso2022_jp", "none", "\x00", "\ud800", "é"]
)
def test_what_is_no_charset_of_lines_is_refused(name):
    assert refusal(b"a,b\n", name).code == "unknown_charset"


def test_a_file_in_another_charset_is_refused_with_a_guess_and_the_option():
    refused = refusal(f"a,b\n{MACHINE_ROOM},1\n".encode("gb18030"))

    assert refused.code == "wrong_charset"
    assert str(refused) == (
        "The file is not written in utf-8 (the first line that is not: 2). "
        "It looks like gb18030: name it with --charset gb18030."
    )


@pytest.mark.parametrize(
    ("content", "guess"),
    [
        ("name\ncafé\nnaïve\n".encode("latin-1"), "windows-1252"),
        ("a,b\n1,2\n".encode("utf-16-le"), "UTF-16"),
        ("a,b\n1,2\n".encode("utf-16-be"), "UTF-16"),
        ("機房,臺灣\n電腦,運算\n".encode("big5"), None),
    ],
)
def test_other_charsets_are_guessed_too(content, guess):
    refused = refusal(content)

    assert refused.code == "wrong_charset"
    assert guess in (None, refused.facts["guess"])


def test_a_charset_that_the_file_contradicts_is_refused():
    for content, charset in [
        ("\ufeffa".encode(), "gb18030"),
        ("机房甲乙,1\n".encode(), "gb18030"),
        ("\ufeffa".encode("utf-16-le"), "utf-8"),
    ]:
        assert refusal(content, charset).code == "wrong_charset"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04\x14\x00", "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"%PDF-1.7", "PDF"),
        (b"PAR1\x15", "Parquet"),
        ("\ufeffa,b".encode("utf-32-le"), "UTF-32"),
        ("\ufeffa,b".encode("utf-32-be"), "UTF-32"),
        (b"\xff\xff\xff\xff\x81\n\xff\xff", "unknown charset"),
    ],
)
def test_a_file_that_is_no_text_is_refused_by_its_kind(content, kind):
    assert kind in str(refusal(content))


def test_an_empty_file_is_told_to_be_empty():
    assert refusal(b"").code == "empty_file"
    assert refusal(b"\n \r\n,,\n", layout=PLAIN).code == "empty_file"


@pytest.mark.parametrize("at", [2, 4, 9, 3_000])
def test_two_foreign_bytes_cost_their_own_line_only(at):
    written = ["a,b"] + [f"{number},甲" for number in range(2, 6_000)]
    content = [line.encode() for line in written]
    content[at - 1] = f"x,{MACHINE_ROOM}".encode("gb18030")

    found = rows(b"\n".join(content))

    assert told(found) == [(at, "bad_charset", "b")]
    assert found[at - 2].detail == (
        "b: character 3 (bytes BB FA B7 BF) is not written in utf-8; "
        "it looks like gb18030 (--charset gb18030)"
    )
    assert len(found) == 5_998


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lines_end_in_any_of_three_ways(end):
    assert [line.text for line in lines(end.join([b"a", b"", b"b", b"c"]))] == ["a", "", "b", "c"]
    assert len(lines(end.join([b"a", b"b", b""]))) == 2


def test_what_looks_like_a_line_end_to_some_is_none():
    assert len(lines("a\u2028b\u0085c".encode())) == 1


@pytest.mark.parametrize(
    ("cell", "code", "column"),
    [
        ("x\x00y", "bad_character", "a"),
        ("x\x1by", "bad_character", "a"),
        ("x\x80y", "bad_character", "a"),
        ('x,"y', "unclosed_quote", "b"),
        ('"x,y', "unclosed_quote", "a"),
        ('x,"y"z', "stray_quote", "b"),
        ('x,y"z', "stray_quote", "b"),
        ("x", "wrong_cell_count", ""),
        ("x,y,z", "wrong_cell_count", ""),
        (f"x,{'y' * LINE_LENGTH_MAX}", "line_too_long", ""),
        (f"x,{'y' * LINE_LENGTH_MAX * 8}", "line_too_long", ""),
    ],
)
def test_a_bad_line_costs_itself_only(cell, code, column):
    found = rows(f"a,b\n1,2\n{cell}\n3,4\n".encode())

    assert told(found) == [(3, code, column)]
    assert [each.number for each in found] == [2, 3, 4]


def test_a_cell_over_two_lines_is_refused_by_both():
    found = rows(b'a,b\n"x\ny",2\n3,4\n')

    assert told(found) == [(2, "unclosed_quote", "a"), (3, "stray_quote", "a")]
    assert found[-1] == Record(4, {"a": "3", "b": "4"})


def test_quoted_cells_are_read_as_rfc_4180_says():
    found = rows(b'a,b,c\n"x,y", "he said ""no""" ,""\n"a;b",2,3\n')

    assert [each.cells for each in found] == [
        {"a": "x,y", "b": 'he said "no"', "c": ""},
        {"a": "a;b", "b": "2", "c": "3"},
    ]


def test_marks_are_text_where_a_layout_does_not_quote():
    layout = Layout("bars", ("a", "b"), separators="|", is_quoted=False)

    assert rows(b'a|b|\nx"|y|\n"z|w\n', layout) == [
        Record(2, {"a": 'x"', "b": "y"}),
        Record(3, {"a": '"z', "b": "w"}),
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("prefix", ["", "sep={}\r\n", '"sep={}"\n', "SEP={},,\n"])
def test_separators_are_found(separator, prefix):
    text = f"{prefix.format(separator)}a{separator}b\n1{separator}2\n"

    table = Table(Lines(BytesIO(text.encode())), PLAIN)

    assert table.header.separator == separator
    assert [each.cells for each in table] == [{"a": "1", "b": "2"}]


@pytest.mark.parametrize("line", ["sep=", "sep=x", "sep=:"])
def test_a_separator_line_that_names_none_is_refused(line):
    assert refusal(f"{line}\na,b\n".encode(), layout=PLAIN).code == "bad_header"


def test_blank_lines_and_blank_columns_at_the_end_are_tolerated():
    text = "\ufeff\r\n,,,\r\na,b,,\r\n1,2,,\r\n\r\n,,,\r\n  \r\n3,4\r\n5,6,,,,\r\n7,8,,x\r\n"
    table = Table(Lines(BytesIO(text.encode())), PLAIN)

    found = list(table)

    assert [each.number for each in found if isinstance(each, Record)] == [4, 8, 9]
    assert told(found) == [(10, "wrong_cell_count", "")]
    assert table.skipped == 3


def test_a_column_without_a_name_holds_nothing():
    found = rows(b"a,,b\n1,,2\n1,x,2\n")

    assert found[0] == Record(2, {"a": "1", "b": "2"})
    assert told(found) == [(3, "unnamed_column", "column 2")]


def test_files_that_were_joined_repeat_their_header():
    content = "\ufeffa,b\n1,2\n\ufeffA, b \n3,4\n".encode()

    assert [each.cells["a"] for each in rows(content)] == ["1", "3"]


def test_comments_are_passed_over_where_a_reader_says_so():
    content = b"# of spring\na,b\n#1,2\n"

    assert rows(content, comment="#") == []
    assert rows(b"a,b\n#1,2\n") == [Record(2, {"a": "#1", "b": "2"})]


@pytest.mark.parametrize(
    "header", ["A,B", " a , b ", "Ａ，b".replace("，", ","), "b,C,a", '"a","b"', "_a,b-"]
)
def test_the_case_and_the_blanks_of_a_name_do_not_matter(header):
    width = len(header.split(","))
    found = rows(f"{header}\n{','.join('1' * width)}\n".encode())

    assert {"a", "b"} <= set(found[0].cells)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("a,c", "that of plain. Missing: b. Surplus: -. Named twice: -. Seen: separator comma"),
        ("a;b;colour", "Missing: -. Surplus: colour. Named twice: -. Seen: separator semicolon"),
        ("a|b|A", "Missing: -. Surplus: -. Named twice: a. Seen: separator bar, charset utf-8"),
        ("x\ty\tz", "Missing: a, b. Surplus: x, y, z. Named twice: -. Seen: separator tab"),
        ("JobID   JobName", "Surplus: JobID   JobName. Named twice: -. Seen: separator none"),
        ("颜色,a,b", "Surplus: 颜色."),
    ],
)
def test_a_header_that_is_refused_says_what_is_wrong_with_it(header, told):
    assert told in str(refusal(header.encode(), layout=PLAIN))


def test_the_layout_that_a_header_is_most_like_is_named():
    other = Layout("other", ("x", "y", "z"))
    found = Lines(BytesIO(b"x,y,colour\n"))

    with pytest.raises(FileRefused) as refused:
        Table(found, PLAIN, other)

    assert "that of other. Missing: z." in str(refused.value)


def test_a_header_like_none_is_told_of_all():
    found = Lines(BytesIO(b"q,r\n"))

    with pytest.raises(FileRefused) as refused:
        Table(found, PLAIN, Layout("other", ("x", "y")))

    assert "that of plain, other. Missing: plain: a, b; other: x, y." in str(refused.value)


@pytest.mark.parametrize(
    "content", [b'"a,b\n1,2\n', b"a,b\x00\n1,2\n", b'a"x,b\n', b'{"a":1,"b":2}\n', b' [{"a": 1']
)
def test_a_header_that_cannot_be_read_says_why(content):
    assert str(refusal(content, layout=PLAIN)).startswith("The header in line 1 cannot be read: ")


def test_a_header_in_another_charset_is_told_to_be():
    refused = refusal(f"{MACHINE_ROOM},a,b\n1,2,3\n1,2,3\n1,2,3\n".encode("gb18030"), layout=PLAIN)

    assert "it looks like gb18030 (--charset gb18030)" in str(refused)


def test_a_half_character_at_the_end_of_utf_16_is_named():
    assert lines("\ufeffa\nb".encode("utf-16-le") + b"\x00")[1].code == "bad_charset"
    assert lines("\ufeffa\n".encode("utf-16-le") + b"\x00\xd8\n\x00b\x00")[1].code == "bad_charset"


def test_a_json_array_may_stand_on_one_line():
    content = b" [" + b'{"a": 1},' * 20_000 + b"{}]"

    assert lines(content) == [Line(1, content.decode())]
    assert lines(content.replace(b"[", b"(", 1))[0].code == "line_too_long"

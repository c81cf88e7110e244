"""The compute identifier: golden vectors, named mistakes, and laws over all of them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.canonical import content_hash
from identity.identifiers import codec, industries, kinds, profiles, refusals, regions
from identity.identifiers.kinds import Component

PROFILE = profiles.layout(profiles.definition("1"))
DAY = date(2026, 11, 20)

H100_IN_ZHONGWEI = {
    "owner": "91640500Y4CL12TH3M",
    "industry": "I64",
    "region": "640500",
    "resource_class": "AI",
    "form": "BARE_METAL",
    "specification": (Component("NH1S", 4096),),
    "serial": "00000001",
}
MIXED_IN_SHUANGLIU = {
    "owner": "91350100M000100Y43",
    "industry": "I65",
    "region": "510116",
    "resource_class": "AI",
    "form": "CONTAINER",
    "specification": (Component("NA10", 2), Component("NT04", 404)),
    "serial": "RACK0007",
}
CPUS_IN_GUIYANG = {
    "owner": "91520100UH8NDBMWC0",
    "industry": "I64",
    "region": "520100",
    "resource_class": "GENERAL",
    "form": "VM",
    "specification": (Component("VCPU", 96),),
    "serial": "0000000Z",
}
# Written by hand from the profile; the check characters were computed apart from this code.
GOLDEN = {
    "SP1-91640500Y4CL12TH3M-I64-640500-A-B-NH1S004096-00000001-Q": H100_IN_ZHONGWEI,
    "SP1-91350100M000100Y43-I65-510116-A-C-NA10000002.NT04000404-RACK0007-P": MIXED_IN_SHUANGLIU,
    "SP1-91520100UH8NDBMWC0-I64-520100-G-V-VCPU000096-0000000Z-E": CPUS_IN_GUIYANG,
}
TEXT = "SP1-91640500Y4CL12TH3M-I64-640500-A-B-NH1S004096-00000001-Q"


def resealed(text: str) -> str:
    """Return the text with the check character that fits, so that another mistake is met."""
    body = text.rpartition("-")[0]
    return f"{body}-{codec._check_character(body)}"


@pytest.mark.parametrize("text", GOLDEN)
def test_golden_vectors_are_written_and_read(text):
    assert codec.format_identifier(GOLDEN[text], profile=PROFILE, on=DAY) == text
    assert codec.parse_identifier(text, profile=PROFILE, on=DAY).parts == GOLDEN[text]


def test_the_published_profile_never_changes():
    """A layout that is in use is replaced by a new version, never edited."""
    published = "d981189e1c7d083b8297589a341863d7b01d3f38d43e0aed9887404ac900fd05"

    assert content_hash(profiles.definition("1")) == published
    assert profiles.definition("1")["vectors"] == list(GOLDEN)


def test_each_component_has_one_code():
    names = [name for names in PROFILE.components.values() for name in names]

    assert len(names) == len(set(names))


MISTAKES = {
    "a slip in the serial": (TEXT.replace("00000001", "00000002"), refusals.WrongCheckCharacter),
    "two characters swapped": (TEXT.replace("640500-A", "645000-A"), refusals.WrongCheckCharacter),
    "lower case": (TEXT.lower(), refusals.LowerCase),
    "one lower case letter": (TEXT.replace("NH1S", "NH1s"), refusals.LowerCase),
    "full-width digits": (TEXT.replace("4096", "４０９６"), refusals.NotAscii),
    "a Cyrillic letter": (TEXT.replace("-A-", "-А-"), refusals.NotAscii),
    "nothing": ("", refusals.WrongLength),
    "far too long": ("SP1-" * 50, refusals.WrongLength),
    "a part missing": (resealed(TEXT.replace("-A-", "-")), refusals.WrongLength),
    "a part too many": (resealed(TEXT.replace("-A-", "-A-A-")), refusals.WrongLength),
    "a short serial": (resealed(TEXT.replace("-00000001", "-1")), refusals.WrongLength),
    "an empty class": (resealed(TEXT.replace("-A-", "--")), refusals.UnknownCode),
    "two check characters": (TEXT + "0", refusals.WrongLength),
    "five components": (
        resealed(TEXT.replace("NH1S004096", ".".join(["NH1S004096"] * 5))),
        refusals.WrongLength,
    ),
    "another scheme": (resealed(TEXT.replace("SP1", "SP2")), refusals.UnknownProfile),
    "a space": (TEXT.replace("-A-", "- -"), refusals.InvalidIdentifier),
    "an owner that is none": (
        resealed(TEXT.replace("91640500Y4CL12TH3M", "91640500Y4CL12TH3N")),
        refusals.WrongOwner,
    ),
    "a section without the division": (
        resealed(TEXT.replace("I64", "I99")),
        refusals.UnknownIndustry,
    ),
    "a region of nowhere": (
        resealed(TEXT.replace("-640500-", "-640599-")),
        refusals.UnknownRegion,
    ),
    "a region of yesterday": (
        resealed(TEXT.replace("-640500-", "-510122-")),
        refusals.UnknownRegion,
    ),
    "an unknown class": (resealed(TEXT.replace("-A-B-", "-X-B-")), refusals.UnknownCode),
    "an unknown form": (resealed(TEXT.replace("-A-B-", "-A-X-")), refusals.UnknownCode),
    "an unknown chip": (resealed(TEXT.replace("NH1S", "NH9X")), refusals.UnknownCode),
    "a count that is none": (resealed(TEXT.replace("004096", "00409X")), refusals.UnknownCode),
    "no cards": (resealed(TEXT.replace("004096", "000000")), refusals.NotCanonical),
    "chips out of order": (
        resealed(TEXT.replace("NH1S004096", "NT04000001.NA10000001")),
        refusals.NotCanonical,
    ),
    "a chip counted twice": (
        resealed(TEXT.replace("NH1S004096", "NA10000001.NA10000001")),
        refusals.NotCanonical,
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_has_a_name(case):
    text, mistake = MISTAKES[case]

    with pytest.raises(refusals.InvalidIdentifier) as refused:
        codec.parse_identifier(text, profile=PROFILE, on=DAY)

    assert type(refused.value) is mistake


@pytest.mark.parametrize(
    ("code", "day", "is_region"),
    [
        ("510116", date(2015, 12, 2), False),
        ("510116", date(2015, 12, 3), True),
        ("510122", date(2015, 12, 2), True),
        ("510122", date(2015, 12, 3), False),
        ("500000", date(1997, 3, 13), False),
        ("640500", date(2026, 11, 20), True),
    ],
)
def test_a_region_code_lives_from_day_to_day(code, day, is_region):
    assert regions.regions()[code].is_valid_on(day) is is_region


def test_a_resource_of_old_keeps_its_code():
    text = resealed(TEXT.replace("-640500-", "-510122-"))

    assert codec.parse_identifier(text, profile=PROFILE, on=date(2014, 1, 1)).region == "510122"
    assert codec.parse_identifier(text, profile=PROFILE).region == "510122"


def test_every_hub_lies_in_known_regions():
    assert len(regions.hubs()) == 10
    assert len({hub.hub for hub in regions.hubs()}) == 8
    for hub in regions.hubs():
        assert set(hub.regions) <= regions.regions().keys()
    assert regions.hub_of("510116").code == regions.hub_of("510100").code


@pytest.mark.parametrize(
    ("code", "is_industry"),
    [
        ("I64", True),
        ("I6450", True),
        ("T97", True),
        ("I66", False),
        ("I6", False),
        ("I64501", False),
        ("i64", False),
        ("Z64", False),
        ("I６４", False),
        ("", False),
    ],
)
def test_an_industry_is_a_section_and_one_of_its_divisions(code, is_industry):
    assert industries.is_industry(code) is is_industry


COMPONENTS = st.dictionaries(
    st.sampled_from(sorted(PROFILE.components)), st.integers(1, 999_999), min_size=1, max_size=4
).map(lambda found: tuple(Component(code, found[code]) for code in sorted(found)))
TODAY = sorted(code for code, region in regions.regions().items() if region.is_valid_on(DAY))
IDENTIFIERS = st.builds(
    dict,
    owner=st.sampled_from([one["owner"] for one in GOLDEN.values()]),
    industry=st.sampled_from(["A01", "I63", "I64", "I65", "M73", "T97"]),
    region=st.sampled_from(TODAY),
    resource_class=st.sampled_from(["GENERAL", "AI", "HPC"]),
    form=st.sampled_from(["BARE_METAL", "VM", "CONTAINER", "API"]),
    specification=COMPONENTS,
    serial=st.text(kinds.ALPHABET, min_size=8, max_size=8),
)


@given(identifier=IDENTIFIERS)
def test_what_is_written_is_read_again(identifier):
    text = codec.format_identifier(identifier, profile=PROFILE, on=DAY)

    assert codec.parse_identifier(text, profile=PROFILE, on=DAY).parts == identifier


@given(identifier=IDENTIFIERS, data=st.data())
def test_every_single_wrong_character_is_found(identifier, data):
    text = codec.format_identifier(identifier, profile=PROFILE, on=DAY)
    at = data.draw(st.integers(0, len(text) - 1))
    wrong = data.draw(st.sampled_from(kinds.ALPHABET + "-.").filter(lambda c: c != text[at]))

    with pytest.raises(refusals.InvalidIdentifier):
        codec.parse_identifier(text[:at] + wrong + text[at + 1 :], profile=PROFILE)


@given(identifier=IDENTIFIERS, data=st.data())
def test_every_lost_or_added_character_is_found(identifier, data):
    text = codec.format_identifier(identifier, profile=PROFILE, on=DAY)
    at = data.draw(st.integers(0, len(text) - 1))
    extra = data.draw(st.sampled_from(kinds.ALPHABET + "-."))

    for damaged in (text[:at] + text[at + 1 :], text[:at] + extra + text[at:]):
        with pytest.raises(refusals.InvalidIdentifier):
            codec.parse_identifier(damaged, profile=PROFILE)


@given(text=st.text(max_size=120))
def test_any_text_is_read_or_refused(text):
    with pytest.raises(refusals.InvalidIdentifier):
        codec.parse_identifier(text, profile=PROFILE)


@given(
    components=st.lists(
        st.builds(Component, st.sampled_from(["NA10", "NT04", "NH1S"]), st.integers(1, 99))
    )
)
def test_the_canonical_writing_forgets_the_order(components):
    assert kinds.canonical(components) == kinds.canonical(components[::-1])
    assert kinds.canonical(kinds.canonical(components)) == kinds.canonical(components)

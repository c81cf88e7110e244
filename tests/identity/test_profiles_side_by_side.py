"""Several layouts of identifiers at once: profile 2 beside 1, and others that are data alone."""

import json
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from common import tenancy
from common.canonical import content_hash
from identity import selectors
from identity import services as identity
from identity.identifiers import codec, kinds, profiles, refusals
from identity.identifiers.profiles import ProfileRefused
from identity.models import ComputeResource, IdentifierProfile
from identity.register_models import ProfileUse
from tests import cast, gateway_vectors

FIRST, SECOND = (profiles.layout(profiles.definition(version)) for version in ("1", "2"))
DAY = date(2026, 12, 1)
CODE = "SP2-R31000-0A7K-0003-A-B-00000001-0"
POOL = identity.Allotted("2", {"node": "R31000", "owner": "0A7K", "pool": "0003"})
THIRD = {
    "version": "88",
    "source": "A layout of elsewhere: digits, slashes, two check digits",
    "scheme": "88",
    "recognise": "^88/",
    "separator": "/",
    "check": {"system": "ISO 7064 MOD 97,10", "length": 2},
    "fields": [
        {"name": "scheme", "kind": "literal", "value": "88"},
        {"name": "pool", "kind": "digits", "length": 6},
        {"name": "serial", "kind": "digits", "length": 12},
    ],
    "routing": ["pool"],
    "serials_within": "pool",
    "components_of": "1",
    "vectors": ["88/000123/000000000001/53"],
}


@pytest.mark.parametrize("vector", gateway_vectors.of_identifiers(), ids=lambda it: it["name"])
def test_the_published_codes_are_read_or_refused_by_name(vector, db):
    if not vector["valid"]:
        with pytest.raises(refusals.InvalidIdentifier) as refused:
            selectors.read_identifier(vector["code"])
        assert refused.value.code == vector["error"]
        return
    read = selectors.read_identifier(vector["code"])
    profile = selectors.profile_of(vector["code"])

    assert list(read.prefixes) == vector["prefixes"]
    assert codec.format_identifier(read.parts, profile=profile, on=DAY) == vector["code"]
    assert all(codec.read_prefix(prefix, profile=profile) for prefix in read.prefixes)


def test_the_second_profile_never_changes(db):
    row = IdentifierProfile.objects.get(version="2")

    published = "ee81ea1cff6f3afbb26f843511019768a8928a5dc7216d0396f4701125e482e6"
    assert content_hash(profiles.definition("2")) == row.content_hash == published
    assert row.definition == profiles.definition("2")
    assert len(CODE) == 35


PARTS = st.fixed_dictionaries(
    {
        "node": st.builds(
            str.__add__, st.sampled_from("NRIP"), st.text(kinds.ALPHABET, min_size=5, max_size=5)
        ),
        "owner": st.text(kinds.ALPHABET, min_size=4, max_size=4),
        "pool": st.text(kinds.ALPHABET, min_size=4, max_size=4),
        "resource_class": st.sampled_from(["GENERAL", "AI", "HPC"]),
        "form": st.sampled_from(["BARE_METAL", "VM", "CONTAINER", "API"]),
        "serial": st.text(kinds.ALPHABET, min_size=8, max_size=8),
    }
)


@settings(max_examples=50, deadline=None)
@given(parts=PARTS)
def test_what_is_written_under_profile_2_is_read_again(parts):
    text = codec.format_identifier(parts, profile=SECOND, on=DAY)
    read = codec.parse_identifier(text, profile=SECOND, on=DAY)

    assert read.parts == parts
    assert read.prefixes == (
        f"SP2-{parts['node']}",
        f"SP2-{parts['node']}-{parts['owner']}",
        f"SP2-{parts['node']}-{parts['owner']}-{parts['pool']}",
    )


@pytest.mark.parametrize("text", SECOND.vectors)
def test_every_single_wrong_character_of_the_vectors_is_found(text):
    for at, right in enumerate(text):
        for wrong in set(kinds.ALPHABET + "-./:%") - {right}:
            with pytest.raises(refusals.InvalidIdentifier):
                codec.parse_identifier(text[:at] + wrong + text[at + 1 :], profile=SECOND)


@pytest.mark.parametrize(
    ("prefix", "refusal"),
    [
        ("SP2-R31000-0A7K-0003-A", refusals.NoBoundary),
        ("SP2", refusals.NoBoundary),
        (CODE, refusals.NoBoundary),
        ("SP2-R31000-0A", refusals.WrongLength),
        ("SP2-X31000", refusals.WrongNode),
        ("SP2-R31000-", refusals.WrongLength),
        ("SP1-R31000", refusals.UnknownProfile),
        ("SP2-Р31000", refusals.NotAscii),
        ("SP2-R31000-0A7K-00%3", refusals.InvalidIdentifier),
        ("A" * 10_000, refusals.WrongLength),
    ],
)
def test_a_prefix_ends_at_a_boundary(prefix, refusal):
    with pytest.raises(refusal) as refused:
        codec.read_prefix(prefix, profile=SECOND)

    assert type(refused.value) is refusal


def test_profile_1_may_be_granted_by_owner_industry_and_region():
    code = FIRST.vectors[0]

    assert codec.parse_identifier(code, profile=FIRST).prefixes == (
        "SP1-91640500Y4CL12TH3M",
        "SP1-91640500Y4CL12TH3M-I64",
        "SP1-91640500Y4CL12TH3M-I64-640500",
    )


def test_a_pools_resources_get_codes_of_profile_2_beside_those_of_profile_1(db):
    acme = cast.organization()
    old = cast.resource(acme)
    made = cast.resource(acme, allotted=POOL)

    assert made.identifier == CODE
    assert (made.serial, made.prefix) == ("00000001", "SP2-R31000-0A7K-0003")
    assert (old.serial, old.prefix) == ("00000001", f"SP1-{acme.uscc}")
    assert acme.uscc not in made.identifier
    assert (made.region, made.industry) == ("640500", "I64")  # kept in the record
    assert selectors.resolve_identifier(CODE).pk == made.pk
    assert selectors.resolve_identifier(old.identifier).pk == old.pk
    with pytest.raises(identity.SerialTaken):
        cast.resource(acme, allotted=POOL, serial="1")


@pytest.mark.parametrize("facts", [{"region": "510122"}, {"industry": "I99"}])
def test_what_only_the_record_keeps_is_checked_all_the_same(db, facts):
    with pytest.raises((refusals.UnknownRegion, refusals.UnknownIndustry)):
        cast.resource(cast.organization(), allotted=POOL, **facts)


def test_a_layout_of_elsewhere_needs_no_change_of_tables(db, tmp_path):
    """Slashes, digits of 12 places and two check digits come with its definition alone."""
    file = tmp_path / "profile.json"
    file.write_text(json.dumps(THIRD))
    with tenancy.acting_as_platform():
        call_command("publish_profile", str(file), "--from", "2026-12-01T00:00:00Z")
    pool = identity.Allotted("88", {"pool": "000123"})

    made = cast.resource(cast.organization(), allotted=pool)

    assert made.identifier == THIRD["vectors"][0]
    assert (made.serial, made.prefix) == ("000000000001", "88/000123")
    assert selectors.resolve_identifier(made.identifier).pk == made.pk
    with pytest.raises(refusals.WrongCheckCharacter):
        selectors.resolve_identifier(made.identifier.replace("123", "124"))


@pytest.mark.parametrize(
    "change",
    [
        {"recognise": "^SP2-", "version": "9"},
        {"recognise": "^[8S][8P]", "version": "9"},
        {"recognise": "^99/", "version": "9"},
        {"recognise": "(", "version": "9"},
        {"vectors": ["88/000123/000000000001/55"]},
        {"vectors": []},
        {"check": {"system": "crc32"}},
        {"fields": []},
    ],
)
def test_a_layout_that_could_be_taken_for_another_is_not_published(change):
    with pytest.raises(ProfileRefused) as refused:
        profiles.require_publishable(THIRD | change, [FIRST, SECOND])

    assert refused.value.code == "profile_refused"


def test_new_resources_take_the_profile_in_use_on_their_day(db):
    acme = cast.organization()
    with tenancy.acting_as_platform():
        ProfileUse.objects.create(profile_id="2", from_at=cast.NOW + timedelta(days=1))

    assert cast.resource(acme).identifier.startswith("SP1-")
    with pytest.raises(identity.PoolNeeded):
        cast.resource(acme, at=cast.NOW + timedelta(days=2))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE identity_identifierprofile SET definition = '{}' WHERE version = '2'",
        "DELETE FROM identity_identifierprofile WHERE version = '2'",
        "UPDATE identity_profileuse SET profile_id = '2'",
        "DELETE FROM identity_profileuse",
    ],
)
def test_what_is_published_stays(db, statement):
    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_database_keeps_one_code_and_one_serial(db):
    acme = cast.organization()
    made = cast.resource(acme, allotted=POOL)
    for clash in ({"identifier": "SP2-X"}, {"serial": "7"}, {"identifier": "sp2-x", "serial": "7"}):
        copy = ComputeResource.objects.get(pk=made.pk)
        copy.pk = ComputeResource().pk
        for name, value in clash.items():
            setattr(copy, name, value)
        with pytest.raises(DatabaseError), transaction.atomic():
            copy.save(force_insert=True)

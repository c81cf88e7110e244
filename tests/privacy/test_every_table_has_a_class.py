"""What is kept of whom is said for every table of the database, and by version."""

import hashlib
import json

import pytest
from django.db import connection
from django.test import Client
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator

from identity.models import User
from identity.privacy import classes

# What was published stays: another term is another version.
PUBLISHED = {
    1: "9a217c290fc6c5c24944c7243c9bccae61f6f1daf42ecba59b860a5f181c0696",
    2: "25ad6c886061c2ebdf2ab21a48bf12d73da6de03ebf7ff38c946777a2fcb4254",
}
EVERY_TABLE = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
"""
# Columns by whose names one sees that they say something about a person.
TELLING = {"email", "person_name", "phone", "contact", "party_account"}


def every_column() -> dict[str, set[str]]:
    with connection.cursor() as cursor:
        cursor.execute(EVERY_TABLE)
        names = [name for (name,) in cursor.fetchall()]
        cursor.execute(
            "SELECT a.attrelid::regclass::text, a.attname FROM pg_attribute a"
            " JOIN pg_class c ON c.oid = a.attrelid WHERE a.attnum > 0 AND NOT a.attisdropped"
            " AND c.relnamespace = 'public'::regnamespace"
        )
        columns: dict[str, set[str]] = {name: set() for name in names}
        for table, column in cursor.fetchall():
            columns.setdefault(table, set()).add(column)
    return {name: columns[name] for name in names}


@pytest.mark.django_db
def test_every_table_has_one_class_and_one_level():
    there, kept = every_column(), classes.kept_tables()

    assert there.keys() - kept.keys() == set(), "add a line to identity/privacy/data/tables.json"
    assert kept.keys() - there.keys() == set(), "tables.json lists tables that do not exist"


@pytest.mark.django_db
def test_columns_with_a_level_of_their_own_are_there():
    there = every_column()
    for kept in classes.kept_tables().values():
        assert kept.columns.keys() - there[kept.name] == set(), kept.name


@pytest.mark.django_db
def test_what_tells_of_a_person_is_said_to():
    found = {
        (table, column): classes.level_of(table, column)
        for table, columns in every_column().items()
        for column in columns & TELLING
    }

    assert found
    assert {each for each, level in found.items() if level != "PERSONAL"} == set()


def test_every_personal_column_of_a_person_is_listed():
    """A new column of people is personal or secret, or is named here with what it is."""
    numbers_and_rights = {"id", "is_active", "is_staff", "is_superuser", "date_joined"}
    columns = {field.column for field in User._meta.concrete_fields} - numbers_and_rights

    assert columns - classes.kept_tables()["identity_user"].columns.keys() == set()


def test_lists_name_what_there_is_once():
    levels = {each.code for each in classes.levels()}
    codes = {each.code for each in classes.data_classes()}
    text = (classes.DATA / "tables.json").read_text(encoding="utf-8")
    rows = json.loads(text, object_pairs_hook=list)

    assert [name for name, _kept in rows] == sorted({name for name, _kept in rows})
    assert {data_class for _name, (data_class, _level) in rows} <= codes
    assert {level for _name, (_class, level) in rows} <= levels


def test_a_published_version_is_never_edited():
    for version, digest in PUBLISHED.items():
        content = classes.published_file(version).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest
    assert max(PUBLISHED) == classes.VERSION


def test_the_terms_are_no_shorter_than_the_law():
    kept = {each.code: each for each in classes.data_classes()}

    assert kept["TRADE"].years == 3
    assert kept["BOOK"].years == 30
    assert kept["HANDLING"].years == 3
    assert classes.days_kept("LOG") >= 184
    assert classes.days_kept("ACCESS") >= 184


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.django_db
def test_everybody_reads_it_in_their_language(language):
    browser = Client(headers={"accept-language": language})
    with translation.override(language):
        expected = [each.ground for each in classes.data_classes()]

    page = browser.get("/privacy/kept/").content.decode()
    answer = browser.get("/api/v1/data-classes").json()

    assert all(ground in page for ground in expected)
    assert [each["ground"] for each in answer["classes"]] == expected
    assert len(answer["tables"]) == len(classes.kept_tables())


def test_the_schema_of_the_api_names_the_levels():
    """Components of tables bear class and level; members that need more care bear their own."""
    schemas = SchemaGenerator().get_schema(request=None, public=True)["components"]["schemas"]

    assert schemas["MemberReply"]["properties"]["email"]["x-data-level"] == "PERSONAL"
    assert schemas["LegalHoldReply"]["x-data-class"] == "CASE"
    assert schemas["LegalHoldReply"]["x-data-level"] == "COMMERCIAL"

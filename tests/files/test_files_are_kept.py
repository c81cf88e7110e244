import hashlib
import os
import stat
import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction
from django.utils import translation

from common import clock, tenancy
from common.errors import Refusal
from common.ids import uuid7
from identity.contracts import Actor, Role
from identity.files import kinds, names, selectors, services, storage
from identity.files.contracts import (
    FileInUse,
    FileNameRefused,
    FileNotFound,
    FileQuotaExceeded,
    FileTypeRefused,
    FileUnavailable,
    Grant,
)
from identity.files.models import FileAllowance, FileGrant, StoredFile
from tests import cast
from tests.files import contents

DAY = timedelta(days=1)
KEPT = {
    "PDF": ("Certificate.pdf", contents.PDF, "application/pdf"),
    "PNG": ("scan.png", contents.PNG, "image/png"),
    "JPEG": ("photo.JPEG", contents.JPEG, "image/jpeg"),
    "WebP": ("photo.webp", contents.WEBP, "image/webp"),
    "XLSX": ("figures.xlsx", contents.xlsx(), None),
    "DOCX": ("statement.docx", contents.docx(), None),
    "CSV": ("figures.csv", contents.CSV, "text/csv"),
    "CSV in GB18030": ("figures.csv", "名称,数量\r\n".encode("gb18030"), "text/csv"),
    "JSON": ("figures.json", b'{"staff": 20}', "application/json"),
    "text": ("notes.txt", b"\xef\xbb\xbfnotes", "text/plain"),
}
REFUSED = {
    "HTML that is called PDF": ("certificate.pdf", contents.HTML),
    "HTML behind blanks": ("notes.txt", b"\xef\xbb\xbf \r\n\t<html>"),
    "SVG": ("logo.svg", contents.SVG),
    "SVG that is called PNG": ("logo.png", contents.SVG),
    "XML": ("data.xml", b'<?xml version="1.0"?><a/>'),
    "a program": ("certificate.pdf", contents.PROGRAM),
    "a program of another system": ("certificate.pdf", b"\x7fELF" + b"\0" * 64),
    "a script": ("notes.txt", b"#!/bin/sh\nrm -rf /\n"),
    "PostScript": ("scan.ps", b"%!PS-Adobe-3.0\n"),
    "a GIF": ("photo.png", b"GIF89a" + b"\0" * 40),
    "an archive": ("figures.xlsx", contents.archive(a_txt="hello")),
    "a document with macros": ("figures.xlsx", contents.with_macros()),
    "an archive that is broken": ("figures.xlsx", b"PK\x03\x04" + b"\0" * 100),
    "bytes": ("notes.txt", bytes(range(256))),
    "NUL": ("notes.txt", b"a\0b"),
    "control characters": ("notes.txt", b"\x1b[31mred"),
}
NAMES = {
    "../../etc/passwd": "passwd.pdf",
    "C:\\Users\\li\\证书.PDF": "证书.pdf",
    "certificate.pdf.exe": "certificate.pdf_exe.pdf",
    "\u202egnp.fdp": "gnp_fdp.pdf",
    "a\x00b\r\nc.pdf": "ab c.pdf",
    "  ..hidden.. .pdf": "hidden.pdf",
    "": "file.pdf",
    "...": "file.pdf",
    "/": "file.pdf",
    "CON.pdf": "_CON.pdf",
    'a<b>"c|d?.pdf': "a_b_c_d_.pdf",
    "e\u0301.pdf": "\u00e9.pdf",
    "x" * 500 + ".pdf": "x" * 116 + ".pdf",
}

JUDGED = [
    *(
        "a.exe",
        "a.pdf.exe",
        "a.exe.pdf",
        "a.PDF.ScR",
        "run.sh",
        "a.js",
        "a.docm",
        "a.lnk",
        "a.html",
    ),
    *("a.html", "a.pdf.", "a.pdf ", " a.pdf", "a.exe .pdf", ".pdf", "...", "", " "),
    *("\u202efdp.exe", "a\u200b.pdf", "a\u0000.pdf", "a\n.pdf", "a\ufeff.pdf"),
    *("../a.pdf", "C:\\a.pdf", "a/b.pdf", "a.pdf:evil.exe", "a?.pdf", "a\uff0fb.pdf"),
    *("CON.pdf", "nul", "com1.pdf", "LPT\u00b9.pdf", "a\uff0eexe", "a.\uff45\uff58\uff45"),
    *("x" * 116 + ".pdf", "证" * 39 + ".pdf", "a.png", "a.csv", "Budget 3.5"),
]


@pytest.fixture
def acme(db):
    return cast.organization("Acme")


def actor(organization, *roles):
    return Actor(organization.pk, frozenset(roles), person_id=0)


def store(owner, name="Certificate.pdf", content=contents.PDF, **options):
    person = options.pop("person", None) or cast.member(owner, Role.BUYER)
    with tenancy.acting_as(owner.pk):
        return services.store(
            organization_id=owner.pk,
            person_id=person.pk,
            name=name,
            content=content,
            now=options.pop("now", None) or clock.now(),
            **options,
        )


def opened(who, file, tenant=None):
    with tenancy.acting_as(tenant or who.organization_id):
        _file, content = services.open_for(who, file_id=file.pk, now=clock.now())
        with content:
            return content.read()


@pytest.mark.parametrize(("name", "content", "media_type"), KEPT.values(), ids=KEPT.keys())
def test_what_is_kept_comes_back_byte_for_byte(acme, name, content, media_type):
    file = store(acme, name, content)

    assert opened(actor(acme, Role.BUYER), file) == content
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert media_type in (None, file.media_type)
    assert file.name.lower() == name.lower()


@pytest.mark.parametrize(("name", "content"), REFUSED.values(), ids=REFUSED.keys())
def test_what_would_run_is_not_kept_whatever_it_is_called(acme, name, content, folder_of_files):
    with pytest.raises(FileTypeRefused):
        store(acme, name, content)

    assert not folder_of_files.exists()


@pytest.mark.parametrize(("name", "kept"), NAMES.items())
def test_a_name_is_cleaned(acme, name, kept):
    assert store(acme, name).name == kept


@pytest.mark.parametrize("name", JUDGED)
def test_a_name_that_could_do_harm_is_refused(name):
    with pytest.raises(FileNameRefused) as refusal:
        names.judged(name, kinds.PDF)

    assert (refusal.value.code, refusal.value.status) == ("file_name_refused", 422)
    assert "\u202e" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "kept"),
    {
        "证书 2026.pdf": "证书 2026.pdf",
        "验收：要改哪些？.pdf": "验收：要改哪些？.pdf",  # Full-width marks are those of no path.
        "Plan v1.2.PDF": "Plan v1.2.pdf",
        "e\u0301.pdf": "\u00e9.pdf",
        "without ending": "without ending.pdf",
        "control.pdf": "control.pdf",
        "x" * 115 + ".pdf": "x" * 115 + ".pdf",
    }.items(),
)
def test_a_name_that_is_plain_is_kept_as_it_was_given(acme, name, kept):
    assert store(acme, name, is_name_judged=True).name == kept


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [(b"", "file_empty", "empty"), (b"a" * 1_025, "file_too_large", "at most 1.0\xa0KB.")],
)
def test_a_file_has_a_size(acme, settings, content, code, told):
    settings.FILES_BYTES_MAX = 1_024

    with translation.override("en"), pytest.raises(Refusal, match=told) as refusal:
        store(acme, "notes.txt", content)

    assert refusal.value.code == code


def test_only_the_owner_of_the_folder_reads_it(acme, folder_of_files):
    file = store(acme)

    path = storage.path_of(file.pk)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list((folder_of_files / "drafts").iterdir()) == []


def test_others_see_nothing_until_they_are_let(acme):
    issuer, zeta = cast.organization("Issuer"), cast.organization("Zeta")
    file = store(acme, grants=[Grant(issuer.pk, Role.ISSUER), Grant(role=Role.AUDITOR)])
    now = clock.now()

    assert opened(actor(issuer, Role.ISSUER), file)
    assert opened(actor(zeta, Role.AUDITOR), file, tenancy.PLATFORM)
    for other, tenant in (
        (actor(zeta, Role.BUYER), None),
        (actor(issuer, Role.BUYER), None),  # of the organisation, in another role
        (actor(zeta, Role.OPERATOR), tenancy.PLATFORM),  # a duty that was not granted to
        (actor(zeta, Role.ISSUER), tenancy.PLATFORM),  # the role, in another organisation
    ):
        with pytest.raises(FileNotFound):
            opened(other, file, tenant)
        with tenancy.acting_as(tenant or other.organization_id):
            assert list(selectors.files_for(other, now=now)) == []


@transaction.atomic
def grant_oneself(file, other):
    FileGrant.objects.create(
        file_id=file.pk,
        owner_id=other.pk,
        organization_id=other.pk,
        granted_by_id=cast.somebody().pk,
        granted_at=clock.now(),
    )


def test_the_database_hides_what_nobody_granted(acme):
    """The second wall: whatever a statement asks for, another tenant's file is not there."""
    file, zeta = store(acme), cast.organization("Zeta")

    with tenancy.acting_as(zeta.pk):
        assert StoredFile.objects.filter(pk=file.pk).exists() is False
        with pytest.raises(DatabaseError, match="file_grant_names_the_owner"):
            grant_oneself(file, zeta)
    with tenancy.acting_as(acme.pk):
        assert StoredFile.objects.filter(pk=file.pk).exists() is True


def test_what_was_written_about_a_file_stays(acme):
    file = store(acme)
    with tenancy.acting_as(acme.pk):
        for change in ({"sha256": "0" * 64}, {"bytes": 1}, {"organization_id": acme.pk}):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                StoredFile.objects.filter(pk=file.pk).update(**change)
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            StoredFile.objects.filter(pk=file.pk)._raw_delete("default")
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            FileAllowance.objects.update(bytes=0)


def test_a_file_is_removed_once_and_swept(acme):
    file, person = store(acme), cast.member(acme, Role.BUYER)
    with tenancy.acting_as(acme.pk):
        services.remove(
            organization_id=acme.pk, file_id=file.pk, person_id=person.pk, now=clock.now()
        )
        with pytest.raises(FileNotFound):
            services.remove(
                organization_id=acme.pk, file_id=file.pk, person_id=person.pk, now=clock.now()
            )
        with pytest.raises(DatabaseError, match="stays"), transaction.atomic():
            StoredFile.objects.filter(pk=file.pk).update(removed_at=None, removed_by=None)
    with pytest.raises(FileNotFound):
        opened(actor(acme, Role.BUYER), file)
    assert storage.path_of(file.pk).exists()

    assert services.sweep(now=clock.now()) == 1
    assert services.sweep(now=clock.now()) == 0
    assert not storage.path_of(file.pk).exists()
    with tenancy.acting_as(acme.pk):
        assert StoredFile.objects.get(pk=file.pk).sha256 == file.sha256


def test_a_file_is_over_when_its_time_is(acme, time_machine):
    file = store(acme, expires_at=clock.now() + DAY)
    assert opened(actor(acme, Role.BUYER), file)

    time_machine.move_to(clock.now() + DAY)

    with pytest.raises(FileNotFound):
        opened(actor(acme, Role.BUYER), file)
    assert services.sweep(now=clock.now()) == 1
    assert not storage.path_of(file.pk).exists()


def test_what_a_record_relies_on_stays(acme, time_machine):
    file, person = store(acme, expires_at=clock.now() + DAY), cast.member(acme, Role.BUYER)
    with tenancy.acting_as(acme.pk):
        services.rely_on(
            organization_id=acme.pk, file_id=file.pk, by="vouchers.application", now=clock.now()
        )
        with pytest.raises(FileInUse):
            services.remove(
                organization_id=acme.pk, file_id=file.pk, person_id=person.pk, now=clock.now()
            )
        with pytest.raises(IntegrityError), transaction.atomic():
            StoredFile.objects.filter(pk=file.pk).update(removed_at=clock.now())
        with pytest.raises(DatabaseError, match="stays"), transaction.atomic():
            StoredFile.objects.filter(pk=file.pk).update(relied_on_by="")

    time_machine.move_to(clock.now() + 10 * DAY)
    assert services.sweep(now=clock.now()) == 0
    assert opened(actor(acme, Role.BUYER), file)


def test_another_organisations_file_cannot_be_relied_on(acme):
    file, zeta = store(acme, grants=[]), cast.organization("Zeta")

    with tenancy.acting_as_platform(), pytest.raises(FileNotFound):
        services.rely_on(organization_id=zeta.pk, file_id=file.pk, by="x", now=clock.now())


@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: path.write_bytes(b"x")])
def test_a_content_that_is_gone_or_cut_is_told_and_not_shown(acme, harm, caplog):
    file = store(acme)
    harm(storage.path_of(file.pk))

    with pytest.raises(FileUnavailable):
        opened(actor(acme, Role.BUYER), file)
    assert str(file.pk) in caplog.text


def test_what_a_killed_upload_left_is_swept_after_a_day(acme, folder_of_files):
    file = store(acme)
    orphan, fresh = (uuid7() for _each in range(2))
    for each in (orphan, fresh):
        storage.write(each, b"nobody's")
    draft = folder_of_files / "drafts" / "left"
    draft.write_bytes(b"half")
    long_ago = clock.now().timestamp() - 2 * 86_400
    for path in (storage.path_of(orphan), storage.path_of(file.pk), draft):
        os.utime(path, (long_ago, long_ago))

    removed = sum(services.sweep_orphans(number=each, now=clock.now()) for each in range(256))

    assert removed == 2
    assert not storage.path_of(orphan).exists()
    assert not draft.exists()
    assert storage.path_of(fresh).exists()
    assert opened(actor(acme, Role.BUYER), file) == contents.PDF


def test_an_organisation_keeps_so_much_and_no_more(acme, settings):
    settings.FILES_ORGANIZATION_BYTES_MAX = 2 * len(contents.PDF)
    first, _second = store(acme), store(acme)
    zeta = cast.organization("Zeta")

    with pytest.raises(FileQuotaExceeded):
        store(acme)
    store(zeta)  # Each has its own.
    with tenancy.acting_as(acme.pk):
        services.remove(
            organization_id=acme.pk,
            file_id=first.pk,
            person_id=cast.member(acme, Role.BUYER).pk,
            now=clock.now(),
        )
    store(acme)
    with tenancy.acting_as(acme.pk):
        allowance = selectors.allowance_of(acme.pk)
    assert (allowance.files, allowance.bytes) == (2, 2 * len(contents.PDF))


def test_a_number_of_files_is_a_bound_too(acme, settings):
    settings.FILES_ORGANIZATION_FILES_MAX = 1
    store(acme)

    with pytest.raises(FileQuotaExceeded):
        store(acme)


def test_a_bound_that_is_lowered_removes_nothing(acme, settings):
    file = store(acme)
    settings.FILES_ORGANIZATION_BYTES_MAX = 1

    with pytest.raises(FileQuotaExceeded):
        store(acme)
    assert opened(actor(acme, Role.BUYER), file)


def test_two_uploads_at_once_do_not_pass_one_bound(fresh_database, settings):
    settings.FILES_ORGANIZATION_FILES_MAX = 5
    acme = cast.organization("Acme")
    person = cast.member(acme, Role.BUYER)
    kept, refused = [], []

    def upload():
        try:
            kept.append(store(acme, person=person))
        except FileQuotaExceeded as refusal:
            refused.append(refusal)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=upload) for _each in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(kept), len(refused)) == (5, 7)
    with tenancy.acting_as(acme.pk):
        assert StoredFile.objects.count() == FileAllowance.objects.get().files == 5

"""What other rooms see of files."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common.errors import InvalidInput, NotFound, Refusal
from identity.contracts import Role

NAME_LENGTH_MAX: Final = 120
NAME_BYTES_MAX: Final = 119  # of a name that somebody else saves, in UTF-8
PURPOSE_LENGTH_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class Grant:
    """
    Who else may see a file: the members of an organisation, or those of them in one role.

    Without an organisation it is everybody with a duty across the market, by that role.
    """

    organization_id: UUID | None = None
    role: Role | None = None


class UploadRefused(InvalidInput):
    """A file that is not kept."""

    code = "file_refused"


class FileEmpty(UploadRefused):
    """There is nothing in it."""

    code = "file_empty"
    sentence = _("The file is empty.")


class FileTooLarge(UploadRefused):
    """It has more bytes than one file may have."""

    code = "file_too_large"
    status = 413
    sentence = _("A file has at most %(most)s.")


class FileTypeRefused(UploadRefused):
    """By its content it is no type that is kept, whatever it is called."""

    code = "file_type_refused"
    status = 415
    sentence = _("By its content the file is none of these: %(types)s.")


class FileNameRefused(UploadRefused):
    """Its name could do harm where it is saved, or says something else than its content."""

    code = "file_name_refused"
    status = 422
    sentence = _("The file cannot be kept under the name “%(name)s”: %(why)s")


class FileQuotaExceeded(Refusal):
    """The organisation has as many files, or bytes, as it may."""

    code = "file_quota_exceeded"
    sentence = _("Your organisation's room for files is used up. Remove some first.")


class FileNotFound(NotFound):
    """There is no such file, it is gone, or not for the actor; all look alike."""

    code = "file_not_found"
    sentence = _("There is no such file.")


class FileInUse(Refusal):
    """Something relies on the file, so its owner cannot take it away."""

    code = "file_in_use"
    sentence = _("This file is part of a record and stays with it.")


class FileUnavailable(Refusal):
    """The file is known, and its content is not there or not what it was."""

    code = "file_unavailable"
    status = 503
    sentence = _("The content of this file cannot be read at the moment.")

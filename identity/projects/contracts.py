"""What other rooms see of projects, and what is refused about them."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.errors import Forbidden, InvalidInput, NotFound, Refusal

CODE_LENGTH_MAX: Final = 24
NAME_LENGTH_MAX: Final = 80
PROJECTS_MAX: Final = 500  # of an organisation
PROJECT_MEMBERS_MAX: Final = 500  # of a project


class ProjectState(TextChoices):
    """Whether a project is ordered for."""

    OPEN = "OPEN", _("Open")
    CLOSED = "CLOSED", _("Closed")


class ProjectNotFound(NotFound):
    """No such project, or someone else's."""


class InvalidProject(InvalidInput):
    """A value of a project breaks its form."""

    code = "invalid_project"
    sentence = _("This does not fit a project: %(problem)s.")


class ProjectExists(Refusal):
    """A code stands for one project."""

    code = "project_exists"
    sentence = _("A project of this code exists already.")


class TooManyProjects(Refusal):
    """An organisation keeps only so many projects."""

    code = "too_many_projects"
    sentence = _("An organisation keeps at most %(most)s projects.")


class ProjectClosed(Refusal):
    """Nothing new is ordered for a closed project."""

    code = "project_closed"
    sentence = _("The project %(project)s is closed: nothing new is ordered for it.")


class NotInProject(Forbidden):
    """A project with members is ordered for by them alone."""

    code = "not_in_project"
    sentence = _("Only the members of the project %(project)s order for it.")

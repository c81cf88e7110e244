from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """What organisations spend money for."""

    name = "identity.projects"
    label = "projects"

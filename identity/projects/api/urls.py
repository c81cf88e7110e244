"""Addresses of the projects' API."""

from django.urls import path

from identity.projects.api import views

urlpatterns = [
    path("projects", views.ProjectList.as_view(), name="projects"),
    path("projects/<uuid:project_id>", views.ProjectDetail.as_view(), name="project"),
]

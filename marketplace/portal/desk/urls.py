"""The addresses of pages on which people keep what the rooms hold."""

from django.urls import path

from marketplace.portal.views import organizations, resources

urlpatterns = [
    path("organizations/", organizations.organizations, name="organizations"),
    path("organizations/new/", organizations.new_organization, name="organization-new"),
    path("organizations/<uuid:organization_id>/", organizations.organization, name="organization"),
    path(
        "organizations/<uuid:organization_id>/change/",
        organizations.change_organization,
        name="organization-change",
    ),
    path("supply/resources/", resources.resources, name="resources"),
    path("supply/resources/new/", resources.new_resource, name="resource-new"),
    path("supply/resources/<uuid:resource_id>/", resources.resource, name="resource"),
    path(
        "supply/resources/<uuid:resource_id>/rename/",
        resources.rename_resource,
        name="resource-rename",
    ),
    path(
        "supply/resources/<uuid:resource_id>/<slug:move>/",
        resources.move_resource,
        name="resource-move",
    ),
]

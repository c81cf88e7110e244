"""The addresses of people's own data, of erasures and incidents."""

from django.urls import path

from marketplace.portal.views import rights

urlpatterns = [
    path("profile/data/", rights.own_data, name="own-data"),
    path("profile/data/<uuid:own_export_id>/", rights.own_data_file, name="own-data-file"),
    path("oversight/erasures/", rights.erasures, name="erasures"),
    path("oversight/incidents/", rights.incidents, name="incidents"),
    path("oversight/incidents/new/", rights.new_incident, name="incident-new"),
    path("oversight/incidents/<uuid:incident_id>/", rights.incident, name="incident"),
    path(
        "oversight/incidents/<uuid:incident_id>/close/",
        rights.close_incident,
        name="incident-close",
    ),
]

"""The addresses of people's own data, of erasures and incidents."""

from django.urls import path

from marketplace.portal.views import erasure_requests, rights

urlpatterns = [
    path("profile/data/", rights.own_data, name="own-data"),
    path("profile/data/erasure/", erasure_requests.own_erasure, name="own-erasure"),
    path("profile/data/<uuid:own_export_id>/", rights.own_data_file, name="own-data-file"),
    path("oversight/erasures/", rights.erasures, name="erasures"),
    path(
        "oversight/erasures/<uuid:erasure_request_id>/refuse/",
        erasure_requests.refuse_erasure,
        name="erasure-refuse",
    ),
    path("oversight/incidents/", rights.incidents, name="incidents"),
    path("oversight/incidents/new/", rights.new_incident, name="incident-new"),
    path("oversight/incidents/<uuid:incident_id>/", rights.incident, name="incident"),
    path(
        "oversight/incidents/<uuid:incident_id>/close/",
        rights.close_incident,
        name="incident-close",
    ),
]

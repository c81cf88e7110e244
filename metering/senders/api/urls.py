"""Addresses of the senders' API."""

from django.urls import path

from metering.senders.api import mappings, otlp, remote_write

urlpatterns = [
    path("metering/remote-write", remote_write.RemoteWrite.as_view(), name="remote-write"),
    path("metering/otlp/v1/metrics", otlp.Metrics.as_view(), name="otlp-metrics"),
    path("metering/mappings", mappings.MappingList.as_view(), name="series-mappings"),
    path("metering/mapping-trials", mappings.Trials.as_view(), name="mapping-trials"),
    path(
        "metering/mappings/<uuid:mapping_id>",
        mappings.MappingDetail.as_view(),
        name="series-mapping",
    ),
    path(
        "metering/mappings/<uuid:mapping_id>/versions",
        mappings.VersionList.as_view(),
        name="mapping-versions",
    ),
    path("metering/series", mappings.SeriesList.as_view(), name="followed-series"),
    path("metering/unmapped-series", mappings.UnmappedList.as_view(), name="unmapped-series"),
    path("metering/senders", mappings.SenderList.as_view(), name="series-senders"),
]

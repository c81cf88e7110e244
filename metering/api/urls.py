"""Addresses of the metering API."""

from django.urls import path

from metering.api import chains, events, facts, tables, windows

urlpatterns = [
    path("metrics", facts.MetricList.as_view(), name="metrics"),
    path("measurement-rules", tables.MeasurementRuleList.as_view(), name="measurement-rules"),
    path(
        "measurement-rules/<uuid:rule_version_id>",
        facts.RuleDetail.as_view(),
        name="measurement-rule",
    ),
    path(
        "measurement-rules/<uuid:rule_version_id>/what-if/<str:month>",
        tables.PastMonth.as_view(),
        name="measurement-rule-what-if",
    ),
    path("conversion-tables", tables.ConversionTableList.as_view(), name="conversion-tables"),
    path(
        "conversion-tables/<uuid:table_version_id>",
        tables.ConversionTableDetail.as_view(),
        name="conversion-table",
    ),
    path("meters", facts.MeterList.as_view(), name="meters"),
    path("meters/<uuid:meter_id>", facts.MeterDetail.as_view(), name="meter"),
    path("meters/<uuid:meter_id>/readings", facts.ReadingList.as_view(), name="readings"),
    path("metering-agents/<uuid:agent_id>/key", facts.AgentKey.as_view(), name="agent-key"),
    path("metering/chains/<slug:key_id>", chains.ChainDetail.as_view(), name="agent-chain"),
    path("metering/events", events.Events.as_view(), name="metering-events"),
    path("metering/reading-months", facts.ReadingMonths.as_view(), name="reading-months"),
    path("metering/windows", windows.WindowList.as_view(), name="metering-windows"),
    path(
        "metering/windows/<int:window_id>/decisions",
        windows.DecisionList.as_view(),
        name="window-decisions",
    ),
    path("usage-records", facts.UsageList.as_view(), name="usage-records"),
    path("usage-records/<uuid:usage_id>", facts.UsageDetail.as_view(), name="usage-record"),
    path(
        "capacity-certificates",
        facts.CapacityCertificateList.as_view(),
        name="capacity-certificates",
    ),
]

"""The addresses of measurement rules, conversion tables, and what made a charge's hours."""

from django.urls import path

from marketplace.portal.access import for_strangers
from marketplace.portal.views import (
    conversion_tables,
    delivery_rules,
    measurement_rules,
    rating_rules,
    rule_drafts,
    rule_months,
    usage_records,
)

RULE = "rules/measurement/<slug:code>/<int:version>/"
TABLE = "rules/tables/<slug:name>/<int:version>/"

urlpatterns = [
    path("rules/measurement/", measurement_rules.measurement_rules, name="measurement-rules"),
    path("rules/measurement/new/", rule_drafts.new_rule, name="measurement-rule-new"),
    path(RULE, measurement_rules.measurement_rule, name="measurement-rule"),
    path(f"{RULE}last-month/", rule_months.last_month, name="measurement-rule-month"),
    path(
        f"{RULE}against/<int:before>/", measurement_rules.compared, name="measurement-rule-compared"
    ),
    path(
        "rules/rating/<slug:rating_rule>/",
        for_strangers(rating_rules.rating_rule),
        name="rating-rule",
    ),
    path(
        "rules/of-delivery/",
        for_strangers(delivery_rules.delivery_rules),
        name="delivery-rules",
    ),
    path("rules/tables/new/", rule_drafts.new_table, name="conversion-table-new"),
    path(TABLE, conversion_tables.conversion_table, name="conversion-table"),
    path(f"{TABLE}csv/", conversion_tables.file, name="conversion-table-file"),
    path("supply/usage/<uuid:usage_id>/", usage_records.usage_record, name="usage-record"),
    path("charges/<uuid:charge_id>/usage/", usage_records.charge_usage, name="charge-usage"),
]

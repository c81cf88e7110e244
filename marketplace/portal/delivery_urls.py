"""The addresses of pages about deliveries."""

from django.urls import path

from marketplace.portal.access import for_strangers, or_stranger
from marketplace.portal.views import (
    calendar,
    deliveries,
    driver_documents,
    drivers,
    due_desk,
    handovers,
    jobs,
    levels,
    maintenance,
    order_talk,
    probes,
    scenes,
    scores,
)

urlpatterns = [
    path("deliveries/", deliveries.deliveries, name="deliveries"),
    path(
        "deliveries/policy/",
        or_stranger(deliveries.delivery_policies, deliveries.public_policies),
        name="delivery-policies",
    ),
    path("deliveries/keys/", handovers.access_keys, name="access-keys"),
    path(
        "deliveries/keys/<uuid:handover_key_id>/withdraw/",
        handovers.withdraw_access_key,
        name="access-key-withdraw",
    ),
    path("deliveries/seal_access.py", handovers.sealing_command, name="sealing-command"),
    path(
        "deliveries/<uuid:order_delivery_id>/access/",
        handovers.access_to_delivery,
        name="delivery-access",
    ),
    path(
        "deliveries/<uuid:order_delivery_id>/talk/",
        order_talk.delivery_talk,
        name="delivery-talk",
    ),
    path("orders/messages/", order_talk.order_messages, name="order-messages"),
    path("orders/<uuid:order_id>/talk/", order_talk.order_talk, name="order-talk"),
    path("market/scenes/", scenes.scenes, name="scenes"),
    path("market/scenes/new/", scenes.propose_scene, name="scene-new"),
    path("market/scenes/<str:scene_code>/", scenes.scene, name="scene"),
    path("order-templates/", scenes.order_templates, name="order-templates"),
    path("order-templates/<uuid:order_template_id>/", scenes.order_template, name="order-template"),
    path("orders/<uuid:order_id>/template/", scenes.keep_template, name="order-template-keep"),
    path("batch-jobs/", jobs.jobs, name="batch-jobs"),
    path("market/<uuid:listing_id>/job/", jobs.place_job, name="job-place"),
    path("deliveries/desk/", due_desk.due_desk, name="due-desk"),
    path("deliveries/calendar/", calendar.capacity_calendar, name="capacity-calendar"),
    path("deliveries/probes/", probes.probes, name="probes"),
    path("deliveries/probes/<uuid:resource_id>/", probes.probe, name="probe"),
    path("supply/maintenance/", maintenance.maintenance, name="maintenance"),
    path("supply/maintenance/new/", maintenance.new_maintenance, name="maintenance-new"),
    path(
        "supply/maintenance/<uuid:maintenance_id>/",
        maintenance.maintenance_course,
        name="maintenance-work",
    ),
    path("service-levels/", levels.level_evaluations, name="level-evaluations"),
    path("service-levels/stops/", scores.listing_stops, name="listing-stops"),
    path("scores/verify_scores.py", for_strangers(scores.score_script), name="score-script"),
    path(
        "scores/resources/<uuid:scored_resource_id>/",
        for_strangers(scores.resource_score),
        name="resource-score",
    ),
    path(
        "scores/providers/<uuid:scored_provider_id>/",
        for_strangers(scores.provider_score),
        name="provider-score",
    ),
    path(
        "scores/providers/<uuid:scored_provider_id>/export/",
        for_strangers(scores.provider_score_export),
        name="provider-score-export",
    ),
    path("service-levels/verify_level.py", levels.level_script, name="level-script"),
    path(
        "service-levels/<uuid:level_evaluation_id>/",
        levels.level_evaluation,
        name="level-evaluation",
    ),
    path(
        "service-levels/<uuid:level_evaluation_id>/document/",
        levels.level_document,
        name="level-document",
    ),
    path("market/<uuid:listing_id>/service-level/", levels.listing_level, name="listing-level"),
    path("deliveries/late/", drivers.late_deliveries, name="deliveries-late"),
    path("supply/drivers/", drivers.drivers, name="drivers"),
    path("supply/drivers/check_driver.py", driver_documents.checking, name="driver-check"),
    path("supply/drivers/<uuid:driver_id>/", drivers.driver, name="driver"),
    path("supply/drivers/<uuid:driver_id>/test/", drivers.test_driver, name="driver-test"),
    path(
        "supply/drivers/<uuid:driver_id>/secret/",
        drivers.replace_driver_secret,
        name="driver-secret",
    ),
    path("supply/drivers/<uuid:driver_id>/remove/", drivers.remove_driver, name="driver-remove"),
    path("deliveries/<uuid:order_delivery_id>/", deliveries.delivery, name="delivery"),
]

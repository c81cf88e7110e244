"""Addresses of the API of prices. Quotes are asked of listings: see marketplace.catalog.api."""

from django.urls import path

from pricing.api import drafts, groups, views

urlpatterns = [
    path("price-groups", groups.PriceGroupList.as_view(), name="price-groups"),
    path(
        "price-groups/<uuid:price_group_id>/end",
        groups.PriceGroupEnding.as_view(),
        name="price-group-end",
    ),
    path("paths", views.PathList.as_view(), name="paths"),
    path("rate-plans", views.PlanList.as_view(), name="rate-plans"),
    path("rate-plans/schema", views.PlanSchema.as_view(), name="rate-plan-schema"),
    path("rate-plans/<uuid:plan_id>", views.PlanDetail.as_view(), name="rate-plan"),
    path("rate-plans/templates", drafts.PlanTemplates.as_view(), name="rate-plan-templates"),
    path("rate-plans/calendars", drafts.SharedCalendars.as_view(), name="rate-plan-calendars"),
    path(
        "rate-plans/<uuid:plan_id>/drafts", drafts.PlanDraftList.as_view(), name="rate-plan-drafts"
    ),
    path(
        "rate-plan-drafts/<uuid:plan_draft_id>",
        drafts.PlanDraftDetail.as_view(),
        name="rate-plan-draft",
    ),
    path(
        "rate-plan-drafts/<uuid:plan_draft_id>/publish",
        drafts.PlanDraftPublication.as_view(),
        name="rate-plan-draft-publish",
    ),
    path(
        "rate-plans/<uuid:plan_id>/versions",
        views.PlanVersionList.as_view(),
        name="rate-plan-versions",
    ),
]

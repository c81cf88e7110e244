"""The addresses of price groups, drafts of rate plans, and commitments."""

from django.urls import path

from marketplace.portal.views import order_commitments, plan_drafts, price_groups

GROUP = "supply/price-groups/<uuid:price_group_id>/"

PLAN = "supply/plans/<uuid:plan_id>/"
DRAFT = "supply/drafts/<uuid:plan_draft_id>/"

urlpatterns = [
    path(f"{PLAN}drafts/", plan_drafts.plan_drafts, name="plan-drafts"),
    path(f"{PLAN}drafts/new/", plan_drafts.new_draft, name="plan-draft-new"),
    path(DRAFT, plan_drafts.plan_draft, name="plan-draft"),
    path(f"{DRAFT}edit/", plan_drafts.edit_draft, name="plan-draft-edit"),
    path(f"{DRAFT}publish/", plan_drafts.publish_draft, name="plan-draft-publish"),
    path(f"{DRAFT}drop/", plan_drafts.drop_draft, name="plan-draft-drop"),
    path("supply/price-groups/", price_groups.price_groups, name="price-groups"),
    path("supply/price-groups/new/", price_groups.new_price_group, name="price-group-new"),
    path(f"{GROUP}end/", price_groups.end_price_group, name="price-group-end"),
    path(
        "orders/<uuid:order_id>/commitment/", order_commitments.commitment, name="order-commitment"
    ),
    path("prices/groups/", price_groups.own_price_groups, name="own-price-groups"),
]

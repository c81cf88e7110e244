"""Addresses of settlement's API."""

from django.urls import path

from marketplace.settlement.api import (
    adjustments,
    agreeing,
    commitments,
    endings,
    energy,
    holding,
    simulating,
    tokens,
    views,
)

urlpatterns = [
    path("contracts", views.ContractList.as_view(), name="contracts"),
    path("contracts/<uuid:contract_id>", views.ContractDetail.as_view(), name="contract"),
    path(
        "contracts/<uuid:contract_id>/commitment",
        commitments.ContractCommitment.as_view(),
        name="contract-commitment",
    ),
    path("contracts/<uuid:contract_id>/end", endings.ContractEnd.as_view(), name="contract-end"),
    path(
        "contracts/<uuid:contract_id>/hold-next", holding.NextHold.as_view(), name="contract-hold"
    ),
    path("cash-forecast", holding.OwnCashForecast.as_view(), name="cash-forecast"),
    path("orders/<uuid:order_id>/extend", endings.OrderExtension.as_view(), name="order-extend"),
    path("orders/<uuid:order_id>/tokens", tokens.OrderTokens.as_view(), name="order-tokens"),
    path("orders/<uuid:order_id>/energy", energy.OrderEnergy.as_view(), name="order-energy"),
    path(
        "rate-plan-drafts/<uuid:plan_draft_id>/simulation",
        simulating.DraftSimulation.as_view(),
        name="rate-plan-draft-simulation",
    ),
    path(
        "rate-plan-drafts/<uuid:plan_draft_id>/position",
        simulating.DraftPosition.as_view(),
        name="rate-plan-draft-position",
    ),
    path(
        "rate-plan-drafts/<uuid:plan_draft_id>/reach",
        simulating.DraftReach.as_view(),
        name="rate-plan-draft-reach",
    ),
    path(
        "rate-plans/<uuid:plan_id>/reach",
        simulating.RatePlanReach.as_view(),
        name="rate-plan-reach",
    ),
    path(
        "orders/<uuid:order_id>/changes/<uuid:delivery_change_id>/answer",
        agreeing.OrderChangeAnswer.as_view(),
        name="order-change-answer",
    ),
    path(
        "deliveries/<uuid:order_delivery_id>/changes/<uuid:delivery_change_id>/answer",
        agreeing.OrderChangeAnswer.as_view(),
        name="delivery-change-answer",
    ),
    path("ending-rules", endings.EndingRules.as_view(), name="ending-rules"),
    path("charges", views.ChargeList.as_view(), name="charges"),
    path("statements", views.StatementList.as_view(), name="statements"),
    path("trade-records", views.TradeRecordList.as_view(), name="trade-records"),
    path(
        "trade-records/<str:trade_number>",
        views.TradeRecordDetail.as_view(),
        name="trade-record",
    ),
    path("fee-rules", views.FeeRuleList.as_view(), name="fee-rules"),
    path("adjustments", adjustments.AdjustmentList.as_view(), name="adjustments"),
    path(
        "adjustments/<uuid:adjustment_id>",
        adjustments.AdjustmentDetail.as_view(),
        name="adjustment",
    ),
    path(
        "adjustments/<uuid:adjustment_id>/reverse",
        adjustments.AdjustmentReversal.as_view(),
        name="adjustment-reverse",
    ),
]

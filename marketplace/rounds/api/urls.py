"""Addresses of the API of call rounds."""

from django.urls import path

from marketplace.rounds.api import views

ONE = "call-rounds/<uuid:call_round_id>"
ORDER = "round-orders/<uuid:round_order_id>"

urlpatterns = [
    path("call-rounds", views.CallRoundList.as_view(), name="call-rounds"),
    path(ONE, views.CallRoundDetail.as_view(), name="call-round"),
    path(f"{ONE}/call-off", views.CallRoundCallOff.as_view(), name="call-round-call-off"),
    path(f"{ONE}/result", views.CallRoundResult.as_view(), name="call-round-result"),
    path(f"{ONE}/orders", views.RoundOrderList.as_view(), name="round-orders"),
    path(ORDER, views.RoundOrderDetail.as_view(), name="round-order"),
    path(f"{ORDER}/amend", views.RoundOrderAmend.as_view(), name="round-order-amend"),
    path(f"{ORDER}/withdraw", views.RoundOrderWithdraw.as_view(), name="round-order-withdraw"),
    path(f"{ORDER}/proof", views.RoundOrderProof.as_view(), name="round-order-proof"),
]

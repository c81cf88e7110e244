"""The addresses of pages about disputes."""

from django.urls import path

from marketplace.portal.views import dispute_opening, disputes

DISPUTE = "disputes/<uuid:dispute_id>/"

urlpatterns = [
    path("disputes/", disputes.disputes, name="disputes"),
    path("disputes/months/", disputes.dispute_months, name="dispute-months"),
    path("orders/<uuid:order_id>/dispute/", dispute_opening.open_dispute, name="dispute-open"),
    path(DISPUTE, disputes.dispute, name="dispute"),
    path(f"{DISPUTE}answer/", disputes.answer_dispute, name="dispute-answer"),
    path(f"{DISPUTE}appeal/", disputes.appeal, name="dispute-appeal"),
    path(f"{DISPUTE}withdraw/", disputes.withdraw_dispute, name="dispute-withdraw"),
    path(f"{DISPUTE}decide/", disputes.decide_dispute, name="dispute-decide"),
]

"""The addresses of energy and statistics."""

from django.urls import path

from marketplace.portal.access import for_strangers
from marketplace.portal.views import charge_evidence, energy, green, grid_factors, statistics

CENTRE = "energy/centres/<uuid:centre_id>/"

urlpatterns = [
    path("energy/", energy.energy, name="energy"),
    path("energy/centres/new/", energy.new_centre, name="centre-new"),
    path(CENTRE, energy.centre, name="centre"),
    path(f"{CENTRE}pue/", energy.enter_pue, name="centre-pue"),
    path(f"{CENTRE}resources/", energy.place_resources, name="centre-places"),
    path("energy/green/", green.green_supplies, name="green-supplies"),
    path("energy/green/new/", green.new_supply, name="green-new"),
    path("energy/green/<uuid:supply_id>/", green.green_supply, name="green-supply"),
    path("energy/factors/", grid_factors.grid_factors, name="grid-factors"),
    path("energy/factors/new/", grid_factors.new_grid_factor, name="grid-factor-new"),
    path("statistics/", for_strangers(statistics.statistics), name="statistics"),
    path("orders/charges/<uuid:charge_id>/", charge_evidence.charge, name="charge"),
]

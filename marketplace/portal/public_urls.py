"""The addresses of the public site, of the big screen, and of the pages that serve them."""

from django.urls import path

from marketplace.portal.access import for_strangers
from marketplace.portal.views import (
    access,
    all_in,
    applications,
    calculator,
    code_search,
    cost_inputs,
    directory,
    hubs,
    industries,
    legal,
    nodes,
    passport,
    paths,
    reference_orders,
    reference_prices,
    strangers,
    walls,
)

LINKS = "oversight/wall-links/"

urlpatterns = [
    path("programmes/rules/", for_strangers(strangers.programmes), name="public-programmes"),
    path("programmes/publicity/", for_strangers(applications.publicity), name="publicity"),
    path("market/all-in/", all_in.all_in_page, name="all-in"),
    path("market/hubs/", hubs.hubs, name="hubs"),
    path("directory/", directory.directory, name="directory"),
    path("directory/codes/", code_search.code_search, name="code-search"),
    path("directory/industries/", industries.industry_page, name="industries"),
    path("directory/decisions/<int:decision_number>/", directory.decision, name="decision"),
    path("directory/new/", directory.new_entry, name="directory-new"),
    path("nodes/", nodes.nodes, name="nodes"),
    path("nodes/<str:node_code>/", nodes.node, name="node"),
    path("market/paths/", paths.paths, name="paths"),
    path("market/calculator/", calculator.calculator, name="calculator"),
    path("prices/reference/", reference_prices.reference_prices, name="reference-prices"),
    path("prices/reference/verifier/", reference_prices.verifier, name="baseline-verifier"),
    path("oversight/cost-inputs/", cost_inputs.cost_inputs, name="cost-inputs"),
    path(
        "oversight/reference-prices/",
        reference_prices.reference_prices_desk,
        name="reference-prices-desk",
    ),
    path(
        "oversight/reference-orders/",
        reference_orders.reference_orders_desk,
        name="reference-orders-desk",
    ),
    path("market/hubs/base-map/", hubs.base_map, name="hubs-base-map"),
    path("r/", passport.look_up, name="code-lookup"),
    path("directory/verifier/", passport.verifier, name="answer-verifier"),
    path(
        "passport/verify_scores.py", for_strangers(passport.quality_script), name="quality-script"
    ),
    path(
        "r/<path:code>/quality/",
        for_strangers(passport.passport_quality),
        name="passport-quality",
    ),
    path("r/<path:code>/", for_strangers(passport.passport), name="passport"),
    path("access/", access.ask, name="ask-access"),
    path("access/sent/", access.asked, name="access-asked"),
    path("oversight/access/", access.requests, name="access-requests"),
    path("oversight/access/<uuid:access_request_id>/", access.answer, name="access-request"),
    path("wall/", walls.wall, name="wall"),
    path("wall/open/<str:token>/", walls.open_link, name="wall-open"),
    path(LINKS, walls.links, name="wall-links"),
    path(f"{LINKS}<uuid:wall_link_id>/revoke/", walls.revoke, name="wall-link-revoke"),
    path("terms/", legal.terms, name="terms"),
    path("privacy/", legal.privacy, name="privacy"),
    path("robots.txt", legal.robots, name="robots"),
    path("sitemap.xml", legal.sitemap, name="sitemap"),
    path("favicon.ico", legal.favicon, name="favicon"),
]

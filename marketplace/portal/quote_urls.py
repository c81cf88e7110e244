"""The addresses of quotes, of what is shared of them, and of their proof."""

from django.urls import path

from marketplace.portal.access import for_strangers
from marketplace.portal.views import decisions, quotes

urlpatterns = [
    path("quotes/", quotes.quotes, name="quotes"),
    path("quotes/<uuid:quote_id>/", quotes.quote, name="quote"),
    path("quotes/<uuid:quote_id>/order/", quotes.order_at_quote, name="quote-order"),
    path("quotes/<uuid:quote_id>/paper/", quotes.paper, name="quote-paper"),
    path("quotes/<uuid:quote_id>/why/", quotes.why_this_price, name="quote-why"),
    path("quotes/<uuid:quote_id>/evidence.json", quotes.evidence, name="quote-evidence"),
    path("quotes/links/<uuid:quote_link_id>/revoke/", quotes.revoke_link, name="quote-link-revoke"),
    path(
        "orders/<uuid:order_id>/charges.json",
        decisions.order_charges_file,
        name="order-charges-file",
    ),
    path("market/<uuid:listing_id>/quote/", quotes.new_quote, name="quote-new"),
    path("q/<str:quote_token>/", for_strangers(quotes.shared_quote), name="shared-quote"),
    path(
        "proof/quotes/<uuid:proved_quote_id>/",
        for_strangers(quotes.quote_proof),
        name="quote-proof",
    ),
]

"""Addresses of the catalog's API."""

from django.urls import path

from marketplace.catalog.api import basis, beside, collars, community, references, views

urlpatterns = [
    path("market", views.MarketSearch.as_view(), name="market-overview"),
    path("listings", views.ListingList.as_view(), name="listings"),
    path("listings/<uuid:listing_id>", views.ListingDetail.as_view(), name="listing-detail"),
    path(
        "listings/<uuid:listing_id>/capacity",
        views.ListingCapacity.as_view(),
        name="listing-capacity",
    ),
    path("listings/<uuid:listing_id>/pause", views.PauseListing.as_view(), name="listing-pause"),
    path("listings/<uuid:listing_id>/resume", views.ResumeListing.as_view(), name="listing-resume"),
    path("listings/<uuid:listing_id>/close", views.CloseListing.as_view(), name="listing-close"),
    path("listings/<uuid:listing_id>/total", views.ListingTotal.as_view(), name="listing-total"),
    path("listings/<uuid:listing_id>/least", views.ListingLeast.as_view(), name="listing-least"),
    path(
        "books/<str:resource_class>/<str:hub>/least", views.BookLeast.as_view(), name="book-least"
    ),
    path(
        "listings/<uuid:listing_id>/donor", community.ListingDonor.as_view(), name="listing-donor"
    ),
    path("price-basis-rules", basis.BasisRules.as_view(), name="price-basis-rules"),
    path(
        "listings/<uuid:listing_id>/beside", beside.ListingBeside.as_view(), name="listing-beside"
    ),
    path("community-rules", community.CommunityRules.as_view(), name="community-rules"),
    path("price-collars", collars.CollarList.as_view(), name="price-collars"),
    path(
        "books/<str:resource_class>/<str:hub>/collar",
        collars.BookCollar.as_view(),
        name="book-collar",
    ),
    path("reference-orders", references.ReferenceList.as_view(), name="reference-orders"),
    path("quotes", views.QuoteList.as_view(), name="quotes"),
    path("quotes/<uuid:quote_id>", views.QuoteDetail.as_view(), name="quote-detail"),
    path("quotes/<uuid:quote_id>/links", views.QuoteLinks.as_view(), name="quote-links"),
    path(
        "quotes/links/<uuid:quote_link_id>/revoke",
        views.QuoteLinkEnd.as_view(),
        name="quote-link-end",
    ),
    path(
        "quotes/<uuid:quote_id>/evaluation",
        views.QuoteEvaluation.as_view(),
        name="quote-evaluation",
    ),
]

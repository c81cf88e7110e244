"""Addresses of the register's API."""

from django.urls import path

from identity.api import (
    codes,
    credentials,
    grants,
    keys,
    people,
    pool_requests,
    resources,
    suspensions,
    ties,
)

urlpatterns = [
    path("me", people.Me.as_view(), name="me"),
    path("organizations", people.OrganizationList.as_view(), name="organizations"),
    path(
        "organizations/<uuid:organization_id>",
        people.OrganizationDetail.as_view(),
        name="organization",
    ),
    path(
        "organizations/<uuid:organization_id>/members",
        people.MemberList.as_view(),
        name="members",
    ),
    path(
        "organizations/<uuid:organization_id>/members/<int:membership_id>",
        people.MemberDetail.as_view(),
        name="member",
    ),
    path(
        "organizations/<uuid:organization_id>/suspensions",
        suspensions.SuspensionList.as_view(),
        name="organization-suspensions",
    ),
    path(
        "organizations/<uuid:organization_id>/reinstatement",
        suspensions.Reinstatement.as_view(),
        name="organization-reinstatement",
    ),
    path("organization-ties", ties.TieList.as_view(), name="organization-ties"),
    path("organization-ties/<uuid:tie_id>/end", ties.EndTie.as_view(), name="organization-tie-end"),
    path("api-keys", credentials.ApiKeyList.as_view(), name="api-keys"),
    path("api-keys/<uuid:key_id>", credentials.ApiKeyDetail.as_view(), name="api-key"),
    path("api-keys/revocation", keys.ApiKeyRevocation.as_view(), name="api-keys-revocation"),
    path("api-keys/<uuid:key_id>/rotation", keys.ApiKeyRotation.as_view(), name="api-key-rotation"),
    path("personal-tokens", keys.TokenList.as_view(), name="personal-tokens"),
    path("personal-tokens/<uuid:token_id>", keys.TokenDetail.as_view(), name="personal-token"),
    path("metering-agents", credentials.AgentList.as_view(), name="metering-agents"),
    path(
        "metering-agents/<uuid:agent_id>", credentials.AgentDetail.as_view(), name="metering-agent"
    ),
    path("sme-certificates", credentials.SmeCertificateList.as_view(), name="sme-certificates"),
    path(
        "sme-certificates/<uuid:certificate_id>",
        credentials.CertificateDetail.as_view(),
        name="sme-certificate",
    ),
    path("resources", resources.ResourceList.as_view(), name="resources"),
    path("resources/<uuid:resource_id>", resources.ResourceDetail.as_view(), name="resource"),
    path("resources/<uuid:resource_id>/code", codes.CodeRenaming.as_view(), name="resource-code"),
    path("identifier-aliases", codes.AliasList.as_view(), name="identifier-aliases"),
    path("identifiers/<str:code>", resources.Resolve.as_view(), name="identifier"),
    path("identifier-profiles", resources.ProfileList.as_view(), name="identifier-profiles"),
    path("identifier-grants", grants.GrantList.as_view(), name="identifier-grants"),
    path(
        "identifier-grants/<uuid:grant_id>", grants.GrantDetail.as_view(), name="identifier-grant"
    ),
    path(
        "identifier-grants/<uuid:grant_id>/moves",
        grants.GrantMoves.as_view(),
        name="identifier-grant-moves",
    ),
    path(
        "identifier-grants/<uuid:grant_id>/renewal",
        grants.GrantRenewal.as_view(),
        name="identifier-grant-renewal",
    ),
    path(
        "identifier-grants/<uuid:grant_id>/ending",
        grants.GrantEnding.as_view(),
        name="identifier-grant-ending",
    ),
    path("identifier-pools", grants.PoolList.as_view(), name="identifier-pools"),
    path(
        "identifier-pool-requests",
        pool_requests.PoolRequestList.as_view(),
        name="identifier-pool-requests",
    ),
    path(
        "identifier-pool-requests/<uuid:pool_request_id>",
        pool_requests.PoolRequestDetail.as_view(),
        name="identifier-pool-request",
    ),
    path(
        "identifier-pool-requests/<uuid:pool_request_id>/withdrawal",
        pool_requests.PoolRequestWithdrawal.as_view(),
        name="identifier-pool-request-withdrawal",
    ),
    path(
        "identifier-pool-requests/<uuid:pool_request_id>/allotment",
        pool_requests.PoolRequestAllotment.as_view(),
        name="identifier-pool-request-allotment",
    ),
    path(
        "identifier-pool-requests/<uuid:pool_request_id>/decline",
        pool_requests.PoolRequestDecline.as_view(),
        name="identifier-pool-request-decline",
    ),
    path("industries", resources.IndustryList.as_view(), name="industries"),
    path("regions", resources.RegionList.as_view(), name="regions"),
    path("hubs", resources.HubList.as_view(), name="hubs"),
]

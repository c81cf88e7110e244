"""The addresses of pages on which people keep what the rooms hold."""

from django.urls import path

from marketplace.portal.views import (
    agents,
    budgets,
    capacity_import,
    certificates,
    listing_change,
    members,
    meters,
    organizations,
    plans,
    programme_drafts,
    programme_rules,
    projects,
    readings_import,
    resource_hardware,
    resources,
    suspensions,
    windows,
)

urlpatterns = [
    path("projects/", projects.projects, name="projects"),
    path("projects/<uuid:project_id>/", projects.project, name="project"),
    path("projects/<uuid:project_id>/change/", projects.change_project, name="project-change"),
    path("budgets/", budgets.budgets, name="budgets"),
    path("budgets/<uuid:cap_id>/", budgets.budget, name="budget"),
    path("organizations/", organizations.organizations, name="organizations"),
    path("organizations/own/", organizations.own_organization, name="organization-own"),
    path("organizations/new/", organizations.new_organization, name="organization-new"),
    path("organizations/<uuid:organization_id>/", organizations.organization, name="organization"),
    path(
        "organizations/<uuid:organization_id>/change/",
        organizations.change_organization,
        name="organization-change",
    ),
    path(
        "organizations/<uuid:organization_id>/suspend/",
        suspensions.suspend_organization,
        name="organization-suspend",
    ),
    path(
        "organizations/<uuid:organization_id>/reinstate/",
        suspensions.reinstate_organization,
        name="organization-reinstate",
    ),
    path("organizations/<uuid:organization_id>/members/", members.members, name="members"),
    path(
        "organizations/<uuid:organization_id>/members/<int:membership_id>/remove/",
        members.remove_member,
        name="member-remove",
    ),
    path("supply/resources/", resources.resources, name="resources"),
    path("supply/resources/new/", resources.new_resource, name="resource-new"),
    path("supply/resources/import/", capacity_import.resources_from_file, name="capacity-import"),
    path(
        "supply/resources/import/template/",
        capacity_import.resources_template,
        name="capacity-import-template",
    ),
    path(
        "supply/resources/import/<uuid:file_id>/",
        capacity_import.resources_in_file,
        name="capacity-import-file",
    ),
    path(
        "supply/resources/import/<uuid:file_id>/outcome/",
        capacity_import.outcome_of_file,
        name="capacity-import-outcome",
    ),
    path("supply/resources/<uuid:resource_id>/", resources.resource, name="resource"),
    path(
        "supply/resources/<uuid:resource_id>/rename/",
        resources.rename_resource,
        name="resource-rename",
    ),
    path(
        "supply/resources/<uuid:resource_id>/hardware/",
        resource_hardware.change_hardware,
        name="resource-hardware",
    ),
    path(
        "supply/resources/<uuid:resource_id>/<slug:move>/",
        resources.move_resource,
        name="resource-move",
    ),
    path("supply/metering/import/", readings_import.readings_from_file, name="readings-import"),
    path(
        "supply/metering/import/template/",
        readings_import.readings_template,
        name="readings-import-template",
    ),
    path(
        "supply/metering/import/<uuid:file_id>/",
        readings_import.readings_in_file,
        name="readings-import-file",
    ),
    path("supply/meters/", meters.meters, name="meters"),
    path("supply/meters/new/", meters.new_meter, name="meter-new"),
    path("supply/meters/<uuid:meter_id>/", meters.meter, name="meter"),
    path("supply/meters/<uuid:meter_id>/agent/", meters.bind_agent, name="meter-agent"),
    path("supply/agents/", agents.agents, name="agents"),
    path("supply/agents/new/", agents.new_agent, name="agent-new"),
    path("supply/agents/<uuid:agent_id>/key/", agents.rotate_agent, name="agent-key"),
    path("supply/agents/<uuid:agent_id>/revoke/", agents.revoke_agent, name="agent-revoke"),
    path("oversight/windows/", windows.windows, name="windows"),
    path("oversight/windows/<int:window_id>/", windows.window, name="window"),
    path("certificates/sme/", certificates.sme_certificates, name="sme-certificates"),
    path("certificates/sme/new/", certificates.new_sme_certificate, name="sme-certificate-new"),
    path(
        "certificates/sme/<uuid:certificate_id>/revoke/",
        certificates.revoke_sme_certificate,
        name="sme-certificate-revoke",
    ),
    path(
        "certificates/capacity/", certificates.capacity_certificates, name="capacity-certificates"
    ),
    path(
        "certificates/capacity/new/",
        certificates.new_capacity_certificate,
        name="capacity-certificate-new",
    ),
    path("supply/plans/", plans.plans, name="plans"),
    path("supply/plans/new/", plans.new_plan, name="plan-new"),
    path("supply/plans/<uuid:plan_id>/", plans.plan, name="plan"),
    path("supply/plans/<uuid:plan_id>/version/", plans.publish_version, name="plan-version"),
    path(
        "supply/listings/<uuid:listing_id>/change/",
        listing_change.change_listing,
        name="listing-change",
    ),
    path("programmes/new/", programme_rules.new_programme, name="programme-new"),
    path("programmes/drafts/", programme_drafts.drafts, name="programme-drafts"),
    path("programmes/drafts/new/", programme_drafts.new_draft, name="programme-draft-new"),
    path("programmes/drafts/preview/", programme_drafts.preview, name="programme-draft-preview"),
    path("programmes/drafts/<uuid:draft_id>/", programme_drafts.draft, name="programme-draft"),
    path(
        "programmes/drafts/<uuid:draft_id>/propose/",
        programme_drafts.propose,
        name="programme-draft-propose",
    ),
    path(
        "programmes/<uuid:programme_id>/rules/", programme_rules.new_rules, name="programme-rules"
    ),
    path("programmes/vouchers/", programme_rules.issued_vouchers, name="issued-vouchers"),
    path(
        "programmes/vouchers/<uuid:voucher_id>/take-back/",
        programme_rules.claw_back,
        name="voucher-claw-back",
    ),
]

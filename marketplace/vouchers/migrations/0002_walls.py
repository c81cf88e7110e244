"""What programmes promise, who decides, and who sees what."""

from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0001_initial"),
        ("vouchers", "0001_initial"),
    ]

    operations = bounded(
        [
            migrations.AddConstraint(
                model_name="programme",
                constraint=models.CheckConstraint(
                    condition=models.Q(("code__regex", "^[A-Z0-9]+(-[A-Z0-9]+)*$")),
                    name="programme_code_is_well_formed",
                ),
            ),
            migrations.AddConstraint(
                model_name="programmefunding",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("confirmed_by__isnull", True),
                        models.Q(("confirmed_by", models.F("funded_by")), _negated=True),
                        _connector="OR",
                    ),
                    name="programme_funding_confirmed_by_another",
                ),
            ),
            migrations.AddConstraint(
                model_name="programmefunding",
                constraint=models.UniqueConstraint(
                    fields=("programme", "reference"), name="programme_funding_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="programmefunding",
                constraint=models.CheckConstraint(
                    condition=models.Q(("amount_minor__gt", 0)),
                    name="programme_funding_is_positive",
                ),
            ),
            migrations.AddIndex(
                model_name="fundingproposal",
                index=models.Index(fields=["state", "-id"], name="funding_proposal_by_state"),
            ),
            migrations.AddConstraint(
                model_name="fundingproposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(("amount_minor__gt", 0)), name="fundingproposal_is_positive"
                ),
            ),
            migrations.AddConstraint(
                model_name="fundingproposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state__in", ["PROPOSED", "CONFIRMED", "REFUSED", "WITHDRAWN"])
                    ),
                    name="fundingproposal_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="fundingproposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("decided_at__isnull", True),
                            ("decided_by__isnull", True),
                            ("state", "PROPOSED"),
                        ),
                        models.Q(
                            models.Q(("state", "PROPOSED"), _negated=True),
                            ("decided_at__isnull", False),
                            ("decided_by__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="fundingproposal_decision_is_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="fundingproposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state", "PROPOSED"),
                        models.Q(("state", "WITHDRAWN"), ("decided_by", models.F("proposed_by"))),
                        models.Q(
                            ("state__in", ["CONFIRMED", "REFUSED"]),
                            models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="fundingproposal_decided_by_another",
                ),
            ),
            migrations.AddConstraint(
                model_name="fundingproposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state__in", ["PROPOSED", "CONFIRMED"]),
                        models.Q(("reason", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="fundingproposal_refused_for_a_reason",
                ),
            ),
            migrations.AddConstraint(
                model_name="fundingproposal",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("state", "PROPOSED")),
                    fields=("programme", "reference"),
                    name="fundingproposal_waits_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="fundingproposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("funding__isnull", False), ("state", "CONFIRMED")),
                        models.Q(
                            models.Q(("state", "CONFIRMED"), _negated=True),
                            ("funding__isnull", True),
                        ),
                        _connector="OR",
                    ),
                    name="fundingproposal_confirmed_is_funded",
                ),
            ),
            migrations.AddConstraint(
                model_name="programmeversion",
                constraint=models.UniqueConstraint(
                    fields=("programme", "version"), name="programme_version_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="programmeversion",
                constraint=models.CheckConstraint(
                    condition=models.Q(("version__gte", 1)), name="programme_version_counts"
                ),
            ),
            migrations.AddIndex(
                model_name="application",
                index=models.Index(fields=["applicant", "-id"], name="application_by_applicant"),
            ),
            migrations.AddConstraint(
                model_name="application",
                constraint=models.CheckConstraint(
                    condition=models.Q(("amount_minor__gt", 0)), name="application_is_positive"
                ),
            ),
            migrations.AddConstraint(
                model_name="application",
                constraint=models.CheckConstraint(
                    condition=models.Q(("state__in", ["APPLIED", "APPROVED", "REJECTED"])),
                    name="application_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="application",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("decided_at__isnull", True),
                            ("decided_by__isnull", True),
                            ("decided_by_organization__isnull", True),
                            ("state", "APPLIED"),
                        ),
                        models.Q(
                            models.Q(("state", "APPLIED"), _negated=True),
                            ("decided_at__isnull", False),
                            ("decided_by_organization__isnull", False),
                            ("decided_by__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="application_decision_is_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="application",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("decided_by_organization__isnull", True),
                        models.Q(("decided_by_organization", models.F("applicant")), _negated=True),
                        _connector="OR",
                    ),
                    name="application_decided_elsewhere",
                ),
            ),
            migrations.AddConstraint(
                model_name="application",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("decided_by__isnull", True),
                        models.Q(("decided_by", models.F("applied_by")), _negated=True),
                        _connector="OR",
                    ),
                    name="application_decided_by_another",
                ),
            ),
            migrations.AddIndex(
                model_name="voucher",
                index=models.Index(fields=["holder", "expires_at"], name="voucher_by_holder"),
            ),
            migrations.AddIndex(
                model_name="voucher",
                index=models.Index(
                    condition=models.Q(("sweep_at__isnull", False), ("review_code", "")),
                    fields=["sweep_at"],
                    name="voucher_to_sweep",
                ),
            ),
            migrations.AddConstraint(
                model_name="voucher",
                constraint=models.CheckConstraint(
                    condition=models.Q(("face_minor__gt", 0)), name="voucher_is_positive"
                ),
            ),
            migrations.AddConstraint(
                model_name="voucher",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("returned_minor__gte", 0), ("returned_minor__lte", models.F("face_minor"))
                    ),
                    name="voucher_returns_at_most_its_face",
                ),
            ),
            migrations.AddConstraint(
                model_name="voucher",
                constraint=models.CheckConstraint(
                    condition=models.Q(("expires_at__gt", models.F("issued_at"))),
                    name="voucher_expires_after_issue",
                ),
            ),
            migrations.AddConstraint(
                model_name="voucher",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state__in", ["ACTIVE", "EXHAUSTED", "EXPIRED", "CLAWED_BACK"])
                    ),
                    name="voucher_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="voucher",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("clawed_back_by__isnull", False), ("state", "CLAWED_BACK")),
                        models.Q(
                            models.Q(("state", "CLAWED_BACK"), _negated=True),
                            ("clawed_back_by__isnull", True),
                        ),
                        _connector="OR",
                    ),
                    name="voucher_is_clawed_back_by_somebody",
                ),
            ),
            migrations.AddConstraint(
                model_name="voucher",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("review_code", ""), ("review_since__isnull", True)),
                        models.Q(
                            models.Q(("review_code", ""), _negated=True),
                            ("review_since__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="voucher_reviewed_since",
                ),
            ),
            *functions("marketplace.vouchers", "vouchers_decide_once"),
            script("marketplace.vouchers", "triggers.sql", reverse="triggers_gone.sql"),
            # Programmes are public; an application and a voucher concern their organisation alone.
            protect("vouchers_programme", visible="true", writable=IS_PLATFORM),
            protect("vouchers_programmeversion", visible="true", writable=IS_PLATFORM),
            protect("vouchers_programmefunding", visible="true", writable=IS_PLATFORM),
            protect("vouchers_voucher", visible=owned_by("holder_id"), writable=IS_PLATFORM),
            # What waits is nobody's yet: those with a duty across the market see it.
            protect("vouchers_fundingproposal", visible=IS_PLATFORM),
            # An applicant applies, and decides nothing.
            protect("vouchers_application", visible=owned_by("applicant_id"), writable=IS_PLATFORM),
            script("marketplace.vouchers", "applicants.sql"),
            script("marketplace.vouchers", "grants.sql"),
        ]
    )

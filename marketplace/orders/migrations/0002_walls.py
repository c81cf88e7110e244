"""What orders promise, and who sees what."""

from common.rls import IS_PLATFORM, owned_by, protect
from common.sql_files import bounded, functions, script
from django.db import migrations, models
import common.checks
import datetime
import django.db.models.expressions


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
        ("orders", "0001_initial"),
        ("pricing", "0001_initial"),
    ]

    operations = bounded(
        [
            *functions(
                "marketplace.orders",
                "orders_lines_are_sound",
                "orders_chips_are_sound",
                "orders_vouchers_are_sound",
                "orders_order_keeps_its_wish",
                "orders_price_is_promised",
            ),
            migrations.AddIndex(
                model_name="clearinground",
                index=models.Index(fields=["book", "-id"], name="round_by_book"),
            ),
            migrations.AddConstraint(
                model_name="clearinground",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "order_count",
                            django.db.models.expressions.CombinedExpression(
                                models.F("cleared_count"), "+", models.F("rejected_count")
                            ),
                        )
                    ),
                    name="round_counts_every_order",
                ),
            ),
            migrations.AddConstraint(
                model_name="deposit",
                constraint=models.CheckConstraint(
                    condition=models.Q(("amount_minor__gt", 0)), name="deposit_is_positive"
                ),
            ),
            migrations.AddConstraint(
                model_name="deposit",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("confirmed_by__isnull", True),
                        models.Q(("confirmed_by", models.F("recorded_by")), _negated=True),
                        _connector="OR",
                    ),
                    name="deposit_confirmed_by_another",
                ),
            ),
            migrations.AddIndex(
                model_name="depositproposal",
                index=models.Index(fields=["state", "-id"], name="deposit_proposal_by_state"),
            ),
            migrations.AddConstraint(
                model_name="depositproposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(("amount_minor__gt", 0)), name="depositproposal_is_positive"
                ),
            ),
            migrations.AddConstraint(
                model_name="depositproposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state__in", ["PROPOSED", "CONFIRMED", "REFUSED", "WITHDRAWN"])
                    ),
                    name="depositproposal_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="depositproposal",
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
                    name="depositproposal_decision_is_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="depositproposal",
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
                    name="depositproposal_decided_by_another",
                ),
            ),
            migrations.AddConstraint(
                model_name="depositproposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state__in", ["PROPOSED", "CONFIRMED"]),
                        models.Q(("reason", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="depositproposal_refused_for_a_reason",
                ),
            ),
            migrations.AddConstraint(
                model_name="depositproposal",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("state", "PROPOSED")),
                    fields=("reference",),
                    name="depositproposal_waits_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="depositproposal",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("deposit__isnull", False), ("state", "CONFIRMED")),
                        models.Q(
                            models.Q(("state", "CONFIRMED"), _negated=True),
                            ("deposit__isnull", True),
                        ),
                        _connector="OR",
                    ),
                    name="depositproposal_confirmed_is_booked",
                ),
            ),
            migrations.AddIndex(
                model_name="order",
                index=models.Index(
                    condition=models.Q(
                        ("state", "PLACED"), ("review_code", ""), ("import_run__isnull", True)
                    ),
                    fields=["book", "placed_at", "id"],
                    name="order_due_by_book",
                ),
            ),
            migrations.AddIndex(
                model_name="order",
                index=models.Index(
                    condition=models.Q(("review_code", ""), _negated=True),
                    fields=["review_since"],
                    name="order_needs_review",
                ),
            ),
            migrations.AddIndex(
                model_name="order",
                index=models.Index(
                    condition=models.Q(("import_run__isnull", False)),
                    fields=["import_run", "id"],
                    name="order_by_import",
                ),
            ),
            migrations.AddIndex(
                model_name="order",
                index=models.Index(fields=["buyer", "-id"], name="order_by_buyer"),
            ),
            migrations.AddIndex(
                model_name="order",
                index=models.Index(fields=["provider", "-id"], name="order_by_provider"),
            ),
            migrations.AddIndex(
                model_name="order",
                index=models.Index(fields=["state", "-id"], name="order_by_state"),
            ),
            migrations.AddIndex(
                model_name="order",
                index=models.Index(
                    condition=models.Q(("state", "CLEARED")), fields=["id"], name="order_cleared"
                ),
            ),
            migrations.AddConstraint(
                model_name="order",
                constraint=models.UniqueConstraint(fields=("buyer", "key"), name="order_key_once"),
            ),
            migrations.AddConstraint(
                model_name="order",
                constraint=models.CheckConstraint(
                    condition=models.Q(("units_milli__gt", 0)), name="order_units_are_positive"
                ),
            ),
            migrations.AddConstraint(
                model_name="order",
                constraint=models.CheckConstraint(
                    condition=models.Q(("units_milli__lte", 1000000000)),
                    name="order_units_are_bounded",
                ),
            ),
            migrations.AddConstraint(
                model_name="order",
                constraint=models.CheckConstraint(
                    condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                    name="order_ends_after_start",
                ),
            ),
            migrations.AddConstraint(
                model_name="order",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "ends_at__lte",
                            django.db.models.expressions.CombinedExpression(
                                models.F("starts_at"),
                                "+",
                                models.Value(datetime.timedelta(days=366)),
                            ),
                        )
                    ),
                    name="order_length_is_bounded",
                ),
            ),
            migrations.AddConstraint(
                model_name="order",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("gross_minor__isnull", True), ("gross_minor__gte", 0), _connector="OR"
                    ),
                    name="order_price_is_not_negative",
                ),
            ),
            migrations.AddConstraint(
                model_name="order",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("lines__isnull", True),
                        common.checks.Sound(
                            models.F("lines"),
                            models.F("gross_minor"),
                            function="orders_lines_are_sound",
                        ),
                        _connector="OR",
                    ),
                    name="order_lines_are_sound",
                ),
            ),
            migrations.AddConstraint(
                model_name="order",
                constraint=models.CheckConstraint(
                    condition=common.checks.Sound(
                        models.F("chips"), models.Value(16), function="orders_chips_are_sound"
                    ),
                    name="order_chips_are_sound",
                ),
            ),
            migrations.AddConstraint(
                model_name="order",
                constraint=models.CheckConstraint(
                    condition=common.checks.Sound(
                        models.F("voucher_ids"),
                        models.Value(20),
                        function="orders_vouchers_are_sound",
                    ),
                    name="order_vouchers_are_sound",
                ),
            ),
            migrations.AddConstraint(
                model_name="order",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("wanted_listing__isnull", True),
                        models.Q(
                            ("gross_minor__isnull", False),
                            ("lines__isnull", False),
                            ("plan_version_id__isnull", False),
                            ("rule_version_id__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="order_named_is_priced",
                ),
            ),
            migrations.AddConstraint(
                model_name="order",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("review_code", ""), ("review_since__isnull", True)),
                        models.Q(
                            models.Q(("review_code", ""), _negated=True),
                            ("review_since__isnull", False),
                        ),
                        _connector="OR",
                    ),
                    name="order_reviewed_since",
                ),
            ),
            migrations.AddConstraint(
                model_name="order",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state__in", ["PLACED", "CLEARED", "SETTLED", "REJECTED", "CANCELLED"])
                    ),
                    name="order_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="order",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state__in", ["CLEARED", "SETTLED"]), _negated=True),
                        models.Q(
                            ("listing__isnull", False),
                            ("provider__isnull", False),
                            ("round__isnull", False),
                            ("cleared_at__isnull", False),
                            (
                                "gross_minor",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("voucher_minor"), "+", models.F("cash_minor")
                                ),
                            ),
                            ("cash_minor__gte", 0),
                            ("gross_minor__gte", 0),
                            ("voucher_minor__gte", 0),
                        ),
                        _connector="OR",
                    ),
                    name="order_cleared_is_whole",
                ),
            ),
            migrations.AddConstraint(
                model_name="order",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("refusal_code__gt", ""), ("state", "REJECTED")),
                        models.Q(
                            models.Q(("state", "REJECTED"), _negated=True), ("refusal_code", "")
                        ),
                        _connector="OR",
                    ),
                    name="order_rejected_has_reason",
                ),
            ),
            migrations.AddIndex(
                model_name="importrun",
                index=models.Index(
                    condition=models.Q(("state", "RUNNING")), fields=["id"], name="import_running"
                ),
            ),
            migrations.AddIndex(
                model_name="importrun",
                index=models.Index(
                    fields=["organization", "source", "-id"], name="import_by_source"
                ),
            ),
            migrations.AddConstraint(
                model_name="importrun",
                constraint=models.CheckConstraint(
                    condition=models.Q(("state__in", ["RUNNING", "FINISHED", "INCOMPLETE"])),
                    name="import_state_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="importrun",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("state", "RUNNING"), ("finished_at__isnull", False), _connector="XOR"
                    ),
                    name="import_finished_has_time",
                ),
            ),
            migrations.AddIndex(
                model_name="ordercover",
                index=models.Index(
                    fields=["buyer_id", "entity_year", "programme_code"],
                    name="cover_by_entity_year",
                ),
            ),
            migrations.AddConstraint(
                model_name="ordercover",
                constraint=models.UniqueConstraint(
                    fields=("order", "voucher"), name="order_cover_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="ordercover",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("amount_minor__gt", 0), ("base_minor__gte", models.F("amount_minor"))
                    ),
                    name="order_cover_within_base",
                ),
            ),
            migrations.AddConstraint(
                model_name="ordercover",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("counted_minor__gte", 0), ("counted_minor__lte", models.F("amount_minor"))
                    ),
                    name="order_cover_counts_at_most_its_hold",
                ),
            ),
            migrations.AddConstraint(
                model_name="orderevent",
                constraint=models.UniqueConstraint(
                    fields=("order", "kind"), name="order_event_once"
                ),
            ),
            migrations.AddConstraint(
                model_name="orderevent",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "kind__in",
                            [
                                "PLACED",
                                "VOUCHER_HELD",
                                "MATCHED",
                                "CLEARED",
                                "REFUSED",
                                "CANCELLED",
                                "PROVISIONED",
                                "METERED",
                                "SETTLED",
                            ],
                        )
                    ),
                    name="order_event_known",
                ),
            ),
            script("marketplace.orders", "constraints.sql", reverse="constraints_gone.sql"),
            script("marketplace.orders", "triggers.sql", reverse="triggers_gone.sql"),
            # An organisation writes its own wishes; what comes of them is the platform's to write.
            protect(
                "orders_order",
                visible=owned_by("buyer_id", "provider_id"),
                writable=f"({owned_by('buyer_id')}) AND ({IS_PLATFORM} OR state = 'PLACED')",
            ),
            protect(
                "orders_orderevent",
                visible=owned_by("buyer_id", "provider_id"),
                writable=f"({owned_by('buyer_id')}) AND ({IS_PLATFORM} OR kind = 'PLACED')",
            ),
            protect(
                "orders_ordercover",
                visible=owned_by("buyer_id", "provider_id"),
                writable=IS_PLATFORM,
            ),
            # A round's snapshot holds what many buyers want and have.
            protect("orders_clearinground", visible=IS_PLATFORM),
            protect("orders_clearingtry", visible=IS_PLATFORM),
            protect("orders_deposit", visible=owned_by("organization_id"), writable=IS_PLATFORM),
            protect("orders_importrun", visible=owned_by("organization_id"), writable=IS_PLATFORM),
            protect("orders_importedrow", visible=IS_PLATFORM),
            # What waits is nobody's yet: those with a duty across the market see it.
            protect("orders_depositproposal", visible=IS_PLATFORM),
            script("marketplace.orders", "grants.sql"),
        ]
    )

"""The addresses of pages about audits of capacity."""

from django.urls import path

from marketplace.portal.views import capacity_audit, capacity_audits

AUDIT = "capacity-audits/<uuid:audit_id>/"

urlpatterns = [
    path("capacity-audits/", capacity_audits.capacity_audits, name="capacity-audits"),
    path("capacity-audits/draws/", capacity_audits.audit_draws, name="audit-draws"),
    path("capacity-audits/draws/<uuid:draw_id>/", capacity_audits.audit_draw, name="audit-draw"),
    path("capacity-audits/suppliers/", capacity_audits.supplier_sizes, name="supplier-sizes"),
    path(AUDIT, capacity_audit.capacity_audit, name="capacity-audit"),
    path(f"{AUDIT}answer/", capacity_audit.answer_audit, name="capacity-audit-answer"),
    *(
        path(
            f"{AUDIT}{act}/",
            capacity_audit.act_on_audit,
            {"act": act},
            name=f"capacity-audit-{act}",
        )
        for act in ("take", "line", "finding", "ask", "conclude", "cancel")
    ),
]

"""The addresses of the policy room's pages."""

from django.urls import path

from marketplace.portal.access import for_strangers
from marketplace.portal.views import performance, programme_desk, public_programme, workbench

BENCH = "programmes/workbench/"
RUN = f"{BENCH}<uuid:policy_run_id>/"
ONE = "programmes/<uuid:programme_id>/"

urlpatterns = [
    path(BENCH, workbench.runs, name="workbench"),
    path(f"{BENCH}new/", workbench.new_run, name="workbench-new"),
    path(RUN, workbench.run, name="workbench-run"),
    path(f"{RUN}progress/", workbench.progress, name="workbench-progress"),
    path(f"{RUN}cancel/", workbench.cancel, name="workbench-cancel"),
    path(f"{RUN}publish/", workbench.publish, name="workbench-publish"),
    path(f"{RUN}file/", workbench.file, name="workbench-file"),
    path(ONE, programme_desk.programme, name="programme"),
    path(f"{ONE}performance/", performance.performance, name="programme-performance"),
    path(f"{ONE}performance/lines/", performance.lines, name="performance-lines"),
    path(f"{ONE}performance/<slug:form>/", performance.file, name="performance-file"),
    path(
        "programmes/rules/<slug:code>/",
        for_strangers(public_programme.programme),
        name="public-programme",
    ),
]

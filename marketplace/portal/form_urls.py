"""The addresses of pages that ask by forms which are data, and of those on which they are made."""

from django.urls import path

from marketplace.portal.access import for_strangers
from marketplace.portal.views import asking, batches, certifying, fitting, form_versions

urlpatterns = [
    path("certificates/requests/", certifying.certificate_requests, name="certificate-requests"),
    path("certificates/requests/new/", certifying.ask_certificate, name="certificate-ask"),
    path(
        "certificates/requests/<uuid:certificate_request_id>/",
        certifying.certificate_request,
        name="certificate-request",
    ),
    path("vouchers/programmes/", fitting.my_programmes, name="my-programmes"),
    path("programmes/eligible/", for_strangers(fitting.eligible), name="eligible"),
    path("vouchers/batches/", batches.voucher_batches, name="voucher-batches"),
    path("vouchers/batches/new/", batches.new_batch, name="voucher-batch-new"),
    path("vouchers/batches/template/", batches.batch_template, name="voucher-batch-template"),
    path("vouchers/batches/file/<uuid:file_id>/", batches.batch_in_file, name="voucher-batch-file"),
    path("vouchers/batches/<uuid:batch_id>/", batches.voucher_batch, name="voucher-batch"),
    path("forms/", asking.asked_of_us, name="forms"),
    path("forms/answers/<uuid:submission_id>/", asking.submission, name="form-submission"),
    path("forms/<slug:code>/", asking.answer_form, name="form-answer"),
    path(
        "programmes/<uuid:programme_id>/form/", form_versions.programme_form, name="programme-form"
    ),
    path("oversight/forms/", form_versions.form_versions, name="form-versions"),
    path("oversight/forms/new/", form_versions.new_version, name="form-version-new"),
]

from django.apps import AppConfig


class VouchersConfig(AppConfig):
    """The vouchers room of the marketplace."""

    name = "marketplace.vouchers"
    label = "vouchers"

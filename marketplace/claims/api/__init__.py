"""The API of voucher claims."""

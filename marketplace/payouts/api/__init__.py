"""The API of payouts: runs, their lines, and where a provider is paid."""

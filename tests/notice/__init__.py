"""Rules change with notice: what is worse, and when it may take effect."""

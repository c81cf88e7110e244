"""Changes of the register over HTTP."""

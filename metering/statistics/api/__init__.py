"""Statistics over HTTP: permission, parse, one call, answer."""

"""Measuring over HTTP."""

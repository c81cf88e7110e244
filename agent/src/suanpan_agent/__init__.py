"""A provider's metering agent: it reads, signs, numbers and sends, and loses nothing."""

__version__ = "0.1.0"

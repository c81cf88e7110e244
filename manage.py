#!/usr/bin/env python
"""Run a Django management command with Suanpan's settings."""

import os
import sys

from django.core.management import execute_from_command_line

from common import trace

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with trace.command(" ".join(sys.argv[1:2])):
        execute_from_command_line(sys.argv)

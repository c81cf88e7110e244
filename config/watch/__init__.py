"""
What is known of the running market, for whoever watches it: figures, states, due work, traces.

The library that counts writes into files of one folder, so that the processes of a host add up. It
must know the folder before it is imported: whatever belongs to this package comes after this.
"""

import os
import socket
from pathlib import Path

from django.conf import settings

HOST = socket.gethostname()[:255]
FOLDER = Path(settings.SUANPAN_METRICS_DIR) / HOST
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(FOLDER)

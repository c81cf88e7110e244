"""`python -m suanpan_agent`."""

import sys

from suanpan_agent.cli import main

sys.exit(main())

"""Where settings come from: the environment, and what services of one machine write down."""

from pathlib import Path
from typing import Final

import environ

BASE_DIR: Final = Path(__file__).resolve().parent.parent

env = environ.FileAwareEnv()
STATE_DIR = Path(env.str("SUANPAN_STATE_DIR", default=str(BASE_DIR / ".suanpan")))
# On one machine the services write down where they are; the environment itself comes first.
if "DATABASE_URL" not in env.ENVIRON and (STATE_DIR / "environment").is_file():
    env.read_env(STATE_DIR / "environment")

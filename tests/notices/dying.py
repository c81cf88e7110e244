"""
Send the letters that are due at a moment into a folder, and die at once after each.

    python -m tests.notices.dying FOLDER MOMENT
"""

import os
import signal
import sys
from datetime import datetime
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def main(folder: Path, moment: str) -> None:
    import django

    django.setup()
    from django.core.mail import EmailMessage

    from identity.notices import services

    def send(message: EmailMessage) -> int:
        number = len(list(folder.iterdir()))
        (folder / f"{number:03}").write_text(f"{message.to[0]}\n{message.body}")
        os.kill(os.getpid(), signal.SIGKILL)
        return 1

    EmailMessage.send = send  # type: ignore[method-assign, assignment]
    services.send_due(now=datetime.fromisoformat(moment))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

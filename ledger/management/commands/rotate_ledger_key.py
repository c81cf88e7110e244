from typing import Any

from common import commands
from ledger import signing
from ledger.hashing import verifier_key


class Command(commands.Command):
    help = (
        "Add a signing key. Checkpoints are signed by the old and the new key until the old key's"
        " line is taken out of the key file; the log itself records the new public key."
    )

    def handle(self, *_: Any, **__: Any) -> None:
        signing.signing_keys()
        signing.add_key()
        for key in signing.signing_keys():
            self.stdout.write(verifier_key(key.name, key.public_key))

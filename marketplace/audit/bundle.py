"""The file that a reader downloads: data, manifest, and the script that checks them."""

import hashlib
import json
import os
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from ledger import signing

# What `verify_export.py` looks for: it stands alone, and a test holds both together.
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
SUBJECT: Final = "export"
VERIFIER: Final = Path(__file__).with_name("verify_export.py")


def write_bundle(
    target: Path, *, data: Path, manifest: Mapping[str, Any], extras: Collection[Path] = ()
) -> int:
    """Put the parts into one archive, whole or not at all; return its size."""
    draft = target.with_suffix(".part")
    text = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True).encode()
    signature = signing.signed_note(
        subject=SUBJECT, size=manifest["rows"], digest=hashlib.sha256(text).digest()
    )
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.write(data, data.name)
        archive.writestr(MANIFEST, text)
        if signature is not None:
            archive.writestr(SIGNATURE, signature)
        archive.write(VERIFIER, VERIFIER.name)
        for extra in extras:
            archive.write(extra, extra.name)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(target)
    return target.stat().st_size

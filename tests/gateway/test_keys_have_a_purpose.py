"""A node's keys: one file a purpose, for its owner's eyes, made once."""

import base64
import threading

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway import keys
from gateway.contracts import KeyPurpose, KeyUnusable


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.GATEWAY_KEYS_DIR = str(tmp_path / "gateway")
    settings.SUANPAN_NODE_CODE = "R31000"
    return tmp_path / "gateway"


def test_each_purpose_gets_a_key_of_its_own_once(folder):
    made = keys.make_missing()

    assert made == list(KeyPurpose)
    assert keys.make_missing() == []
    found = {purpose: keys.newest_key(purpose) for purpose in KeyPurpose}
    assert {key.name for key in found.values()} == {f"R31000/{each.value}" for each in KeyPurpose}
    assert len({key.public_key for key in found.values()}) == len(KeyPurpose)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_signature_is_a_line_of_a_note():
    keys.make_missing()
    key = keys.newest_key(KeyPurpose.ANSWER)

    dash, name, encoded = key.sign("a text\n").split(" ")

    signed = base64.b64decode(encoded, validate=True)
    assert (dash, name, signed[:4].hex()) == ("—", "R31000/answer", key.hash_hex)
    Ed25519PublicKey.from_public_bytes(key.public_key).verify(signed[4:], b"a text\n")


def test_a_file_that_others_may_read_is_not_used(folder):
    keys.make_missing()
    (folder / "register.keys").chmod(0o640)

    with pytest.raises(KeyUnusable):
        keys.signing_keys(KeyPurpose.REGISTER)


@pytest.mark.parametrize("text", ["", "R31000/answer", "R31000/answer c2hvcnQ=\n", "é x\n"])
def test_a_spoilt_file_is_named(folder, text):
    keys.make_missing()
    (folder / "answer.keys").write_text(text)

    with pytest.raises(KeyUnusable) as refused:
        keys.newest_key(KeyPurpose.ANSWER)

    assert refused.value.facts == {"purpose": "answer"}


def test_a_new_key_signs_beside_the_old_one():
    keys.make_missing()
    old = keys.newest_key(KeyPurpose.HTTP)

    new = keys.add_key(KeyPurpose.HTTP)

    assert [key.public_key for key in keys.signing_keys(KeyPurpose.HTTP)] == [
        old.public_key,
        new.public_key,
    ]


def test_processes_that_start_at_once_make_one_key():
    together = threading.Barrier(8)
    made = []

    def start():
        together.wait()
        made.extend(keys.make_missing())

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(made) == sorted(KeyPurpose)
    assert all(len(keys.signing_keys(purpose)) == 1 for purpose in KeyPurpose)

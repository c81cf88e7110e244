"""The script that checks offline says no more than it found, and falls over nothing."""

import json

import pytest

from tests import gateway_vectors
from tests.gateway.test_lines_count_at_their_moment import VERIFIER

VECTOR = json.loads(gateway_vectors.FILE.read_text(encoding="utf-8"))["renames"][0]
PINS = [f"--root={node}={key}" for node, key in VECTOR["pinned"].items()]


def run(tmp_path, text, *pins):
    file = tmp_path / "answer.json"
    file.write_text(text, encoding="utf-8")
    return VERIFIER.main([str(file), *pins])


def test_an_answer_says_how_it_was_then(tmp_path, capsys):
    assert run(tmp_path, json.dumps(VECTOR["answer"]), *PINS) == 0
    assert capsys.readouterr().out == (
        f"Verified: {VECTOR['code']} was RENAMED at 2026-12-01T00:00:00.000Z, says R31000 under"
        " the root of N00000.\n"
    )


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", "1", "null", "{", '{"answer": [1]}'])
def test_what_is_no_answer_is_not_verified_and_said_in_a_line(tmp_path, capsys, text):
    assert run(tmp_path, text, *PINS) == 1
    assert capsys.readouterr().out.startswith("NOT verified: ")


@pytest.mark.parametrize("pin", ["N00000", "N00000=", "N00000=?", "N00000=AAAA"])
def test_a_root_that_is_no_key_is_refused_before_anything_is_read(tmp_path, capsys, pin):
    with pytest.raises(SystemExit):
        run(tmp_path, "{}", f"--root={pin}")
    assert "invalid pinned value" in capsys.readouterr().err

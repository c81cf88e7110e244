"""The pictures of the documentation are made by a command, from a market that is served."""

import pytest

from tests import pictures

pytestmark = pytest.mark.browser
PNG = b"\x89PNG\r\n\x1a\n"


def test_a_picture_shows_a_page_as_large_as_asked(chromium, site, tmp_path):
    wanted = pictures.Picture("public", "/", width=390, height=844)

    made = pictures.take(chromium, site, wanted, folder=tmp_path, email="")

    content = made.read_bytes()
    assert content.startswith(PNG)
    assert (int.from_bytes(content[16:20]), int.from_bytes(content[20:24])) == (390, 844)


def test_a_page_that_is_not_there_makes_no_picture(chromium, site, tmp_path):
    with pytest.raises(SystemExit, match="answered 404"):
        pictures.take(chromium, site, pictures.Picture("x", "/x/"), folder=tmp_path, email="")

    assert not list(tmp_path.iterdir())


def test_who_is_no_member_of_the_demo_cannot_be_pictured(chromium, site, tmp_path):
    with pytest.raises(SystemExit, match="offers no demo account"):
        pictures.take(
            chromium, site, pictures.Picture("x", "/"), folder=tmp_path, email="x@y.example"
        )


def test_each_role_that_is_pictured_is_in_the_sample_market():
    assert all(pictures.member(each.role) for each in pictures.PICTURES if each.role)

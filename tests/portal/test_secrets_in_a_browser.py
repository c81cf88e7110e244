"""A real browser makes a sealing key, seals a secret and opens it; Python agrees with it."""

import json
import re
from pathlib import Path

import pytest

from marketplace.fulfilment import seal_access as command
from tests.fulfilment.test_access_is_handed_over_once import SECRET

pytestmark = pytest.mark.slow
SCRIPT = Path(__file__).parents[2] / "static" / "js" / "handover.js"
INFO = "suanpan-handover/2:0190:1"
PAGE = """<!doctype html><form id=f>
<textarea id=make data-make="make" data-made="made"></textarea>
<textarea name=sealed data-seal="{public}" data-info="{info}" data-label="secret"
 data-place="place" data-wrong="no place" data-hint=1></textarea>
<input name=kind><input name=key_hint>
<textarea data-open=1 data-info="{info}" data-label="file" data-wrong="wrong">{sealed}
</textarea>
<button id=send>send</button></form><script src="/handover.js"></script>"""


@pytest.fixture
def page(chromium, tmp_path):
    """Serve the form and the script, with a key that Python made."""
    file = tmp_path / "key.json"
    public = command.new(file)
    sealed = command.seal(public, INFO, command.document("ssh://gpu7:22", SECRET))
    body = PAGE.format(public=public, info=INFO, sealed=sealed)
    context = chromium.new_context(accept_downloads=True)
    page = context.new_page()
    page.route(
        "**/*",
        lambda route: (
            route.fulfill(body=SCRIPT.read_text(), content_type="text/javascript")
            if route.request.url.endswith(".js")
            else route.fulfill(body=body, content_type="text/html")
        ),
    )
    page.goto("http://localhost/")
    yield page, file
    context.close()


def test_what_the_browser_seals_the_command_opens(page):
    page, file = page
    page.fill('textarea[aria-label="secret"]', SECRET)
    page.fill('input[aria-label="place"]', "javascript:alert(1)")
    page.click("#send")
    assert "sealed=" not in page.url
    page.fill('input[aria-label="place"]', " https://gpu7.example/v1 ")
    with page.expect_navigation(url=re.compile("sealed=")):
        page.click("#send")
    sealed = page.url.split("sealed=")[1].split("&")[0]
    opened = command.opened(file, INFO, sealed)
    assert command.parts(opened) == ("https://gpu7.example/v1", SECRET)
    assert "kind=HTTPS" in page.url
    assert "key_hint=" + SECRET[-4:] in page.url
    assert "gpu7" not in page.url
    assert "correct" not in page.url


def test_what_the_command_seals_the_browser_opens_and_no_other_key_does(page, tmp_path):
    page, file = page
    page.set_input_files("input[type=file]", file)
    page.wait_for_function("document.querySelector('pre')?.textContent !== ''")
    assert page.locator("pre").text_content() == f"ssh://gpu7:22\n{SECRET}"
    other = tmp_path / "other.json"
    command.new(other)
    page.set_input_files("input[type=file]", other)
    page.get_by_text("wrong").wait_for()
    assert not page.locator("pre").is_visible()


def test_a_key_that_the_browser_makes_opens_in_the_command(page, tmp_path):
    page, _file = page
    with page.expect_download() as saved:
        page.get_by_role("button", name="make").click()
    made = tmp_path / "made.json"
    saved.value.save_as(made)
    public = page.input_value("#make")
    assert json.loads(made.read_text())["x"] == public
    assert command.opened(made, INFO, command.seal(public, INFO, b"x")) == b"x"

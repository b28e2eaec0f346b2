"""Files that arrive, in a frame of another site too (as localhost is to 127.0.0.1), and files that do not."""
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from playwright.sync_api import expect

from lstm_view.words import LANGUAGES, words

EN = words("en")


class Page(BaseHTTPRequestHandler):
    """A page of which the path says what it frames."""

    def do_GET(self):
        body = f'<!DOCTYPE html><iframe src="{self.path[1:]}" width="1200" height="1300"></iframe>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing is written of what was asked."""


@pytest.fixture
def elsewhere():
    """The address of another site."""
    site = HTTPServer(("localhost", 0), Page)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield f"http://localhost:{site.server_port}/"
    site.shutdown()
    site.server_close()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_why_a_file_did_not_arrive_is_said_in_the_visitors_language(visit, lang):
    page = visit(f"/sequence?lang={lang}&input=own&own=2.1.001.eNpjYAIAAAQAAw")
    page.locator(".st-key-incoming button").first.click()
    page.locator("input[type=file]").set_input_files(
        {"name": "a.csv", "mimeType": "text/csv", "buffer": b"1,2\n" * 1_500_000})
    section = page.locator(".st-key-file section")
    expect(section.locator("[aria-invalid=true]")).to_have_count(1)
    said = section.evaluate("(el) => getComputedStyle(el, '::after').content")
    assert said.strip('"') == words(lang)("input.not_arrived")
    assert section.bounding_box()["height"] > 60  # it has room of its own


def test_a_file_is_taken_in_a_frame_of_another_site(server, browser, elsewhere):
    with browser.new_context(viewport={"width": 1280, "height": 1400}) as context:
        page, wrong = context.new_page(), []
        page.set_default_timeout(30_000)
        page.on("response", lambda answer: wrong.append(answer.url) if answer.status == 403 else None)
        page.goto(f"{elsewhere}{server}/sequence?lang=en&input=own&own=2.1.001.eNpjYAIAAAQAAw")
        frame = page.frame_locator("iframe")
        frame.locator(".st-key-incoming button").first.click()
        frame.locator("input[type=file]").set_input_files(
            {"name": "a.csv", "mimeType": "text/csv", "buffer": b"first,second\n1,2\n2,4\n5,5\n"})
        expect(frame.get_by_text(EN("input.columns"), exact=True).first).to_be_visible()
        expect(frame.locator(".st-key-switches")).to_be_visible()
        expect(frame.get_by_text("first", exact=True).first).to_be_visible()
        again = frame.get_by_role("button", name=EN("control.use_file"))
        expect(again).to_have_count(0)
        numbers = frame.locator("textarea").first
        numbers.fill("7\n8")
        numbers.press("Control+Enter")
        expect(frame.get_by_text(EN("input.file_not_in_use"))).to_be_visible()
        again.click()
        expect(again).to_have_count(0)
        expect(frame.get_by_text("first", exact=True).first).to_be_visible()
        assert not wrong
        assert frame.get_by_text("AxiosError").count() == 0

"""A real server and a real Chromium.  What goes wrong unseen, in the server's log or the page's console, fails too."""
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright
from screen import go, settle

ROOT = Path(__file__).parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--force-device-scale-factor=1"]

expect.set_options(timeout=15_000)


@contextmanager
def running(folder):
    """The app on a server of its own: its address.  Its log, kept in folder, may hold no traceback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "server.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}",
             "--server.address=127.0.0.1"], cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)
    assert "Traceback" not in log.read_text(), log.read_text()


def _wait_for(url, server, log):
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except OSError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.1)
    raise TimeoutError(log.read_text())


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The address of the app that the tests share."""
    with running(tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture
def fresh_server(tmp_path):
    """The address of an app that nobody has opened yet."""
    with running(tmp_path) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    chromium = shutil.which("chromium")
    if not chromium:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, request, problems):
    """visit(path, **context): a page in a context of its own, open and settled; path begins with / or is an address."""
    contexts = []

    def visit(path, **context):
        address = path if "://" in path else request.getfixturevalue("server") + path
        contexts.append(_context(browser, **context))
        return _open(contexts[-1], address, problems)

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def kept():
    """The pages that `look` keeps open, by name."""
    return {}


@pytest.fixture
def look(browser, server, problems, kept, request):
    """look(query, name): a page of the app at a link, the one of one time step unless named, in a tab that the tests
    share: what loads a page is most of what a test would cost.  It is reached as by back and forward, without a reload;
    a test that fails leaves all of them closed.
    """
    failed = request.session.testsfailed

    def look(query, name="one_step"):
        address = f"{server}/{name}"
        if name in kept and not kept[name].url.startswith(address):  # a test followed a link to elsewhere
            kept.pop(name).context.close()
        if name not in kept:
            kept[name] = _open(_context(browser), address, problems)
        go(kept[name], query if "lang=" in query else f"{query}&lang=en")
        return kept[name]

    yield look
    while request.session.testsfailed > failed and kept:
        kept.popitem()[1].context.close()


@pytest.fixture(scope="session")
def seen():
    """What went wrong unseen: an error in the console, an exception, a dialog, a request to another machine."""
    return []


@pytest.fixture
def problems(seen):
    """The same, and none of it may happen in this test."""
    seen.clear()
    yield seen
    assert not seen, "\n".join(seen)


def _context(browser, **options):
    return browser.new_context(**{"viewport": {"width": 1280, "height": 1400}, "locale": "en-US"} | options)


def _open(context, address, problems):
    page = context.new_page()
    page.set_default_timeout(15_000)
    _watch(page, problems)
    page.goto(address)
    settle(page)
    return page


def _watch(page, problems):
    def console(message):
        at = urlsplit(message.location.get("url", "")).path
        # On a deep link Streamlit first asks for its own two addresses below the page's.
        known = "404" in message.text and re.fullmatch(r"/\w+/_stcore/(health|host-config)", at)
        if message.type == "error" and not known:
            problems.append(f"console: {message.text} ({at})")

    def asked(request):
        url = urlsplit(request.url)
        if url.scheme not in ("data", "blob") and url.hostname != "127.0.0.1":
            problems.append(f"asked of another machine: {request.url}")

    def dialog(opened):
        problems.append(f"dialog: {opened.message}")
        opened.dismiss()

    page.on("console", console)
    page.on("request", asked)
    page.on("dialog", dialog)
    page.on("pageerror", lambda error: problems.append(f"raised in the page: {error}"))

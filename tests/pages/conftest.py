"""What all pages' tests share."""
import pytest
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.runtime.pages_manager import PagesManager


@pytest.fixture(autouse=True, scope="session")
def ours_are_all_components():
    """Streamlit's harness looks for components in every installed package, for as long as it then runs the page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BidiComponentManager, "discover_and_register_components", lambda *_, **__: None)
        yield


@pytest.fixture(autouse=True)
def links_in_fragments(monkeypatch):
    """It forgets the other pages when only fragments run, and then no link there would find its page."""
    known, found = {}, PagesManager.get_pages

    def get_pages(self):
        pages = found(self)
        if len(pages) > 1:
            known.update(pages)
        return known if len(pages) == 1 and known else pages

    monkeypatch.setattr(PagesManager, "get_pages", get_pages)

"""What surrounds every page: its settings, its language, the way to the other pages."""
import streamlit as st

from ..diagram.component import page as page_script
from ..fields import CLOSING, whole
from ..numbers.over_time import HELD_BY
from ..words import ASSETS, LANGUAGES, Words, words

LESSONS = ("one_step", "sequence", "compare", "gradients", "variants", "directions",
           "training")  # each builds on those before it
PAGES = {"home": "app.py"} | {name: f"pages/{name}.py" for name in LESSONS}
DEFAULT = "en"
STYLES = {"ko": ("frame.ko.css",)}  # what a language wants beside frame.css


def language() -> str:
    """The visitor's language: from the link, else as chosen in this session, else the browser's."""
    asked = st.query_params.get("lang", "").rstrip(CLOSING)
    if asked not in LANGUAGES:
        asked = st.session_state.get("lang")
    if asked not in LANGUAGES:
        asked = (st.context.locale or "").split("-")[0].lower()
    st.session_state["lang"] = asked if asked in LANGUAGES else DEFAULT
    return st.session_state["lang"]


def frame(page: str) -> Words:
    """Set the page up and draw its head; returns the words of the visitor's language."""
    lang = language()
    say = words(lang)
    name = say("app.name") if page == "home" else f"{say('page.' + page)} · {say('app.name')}"
    st.set_page_config(page_title=name, page_icon=str(ASSETS / "icon.svg"),
                       layout="wide", initial_sidebar_state="collapsed")
    for style in ("frame.css", *STYLES.get(lang, ())):
        st.html(ASSETS / style)
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        for other, path in PAGES.items():
            label = say("app.name") if other == "home" else say(f"page.{other}")
            st.page_link(path, label=f"**{label}**" if other == page else label, query_params={"lang": lang})
        st.space("stretch")
        st.segmented_control(say("app.language"), LANGUAGES, default=lang, required=True, key=f"lang_{lang}",
                             format_func=lambda code: words(code)("name"), label_visibility="collapsed",
                             on_change=_switch, args=(lang,))
        page_script([say(f"input.{kind}") for kind in HELD_BY], lang)
    return say


def goto(page: str, label: str, words: Words, **query: str) -> None:
    """A link to another page, in the same language."""
    st.page_link(PAGES[page], label=label, icon=":material/arrow_forward:", query_params=whole(query, words.lang))


def _switch(lang):
    chosen = st.session_state.get(f"lang_{lang}", lang)  # gone if the visitor has already left the page
    st.session_state["lang"] = chosen
    st.query_params["lang"] = chosen

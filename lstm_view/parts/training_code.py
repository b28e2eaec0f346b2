"""A net of the race as a script that trains it again, on the page `training`."""
import streamlit as st

from .. import code
from ..learning.history import Rates
from ..learning.race import Race, lanes
from ..numbers.training import called, file_name
from ..words import Words
from .saving import script


def take_with_you(race: Race, rates: Rates, words: Words) -> None:
    """The choice of a net and of a library, and the script.  rates: the learning rates that held, and from when on."""
    own = lanes(race)
    st.header(words("training.code"), anchor=False)
    st.markdown(words("training.code_text"))
    with st.container(horizontal=True, vertical_alignment="bottom", key="code"):
        lane = st.segmented_control(words("training.code_of"), own, default=own[0], required=True,
                                    format_func=lambda lane: called(lane, words), key=f"code.{'.'.join(own)}")
        kinds = {"numpy": code.training_numpy, "torch": code.training_torch}
        kind = st.segmented_control(words("training.library"), kinds, format_func=lambda kind: words(f"take.{kind}"),
                                    key="take")
    if kind:
        script(kinds[kind](race, lane, rates), f"{race.task}_{file_name(lane)}_{kind}.py", words, "save.code")

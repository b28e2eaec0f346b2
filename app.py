"""Home: what an LSTM is in one living picture, and where to go from here."""
import streamlit as st

from lstm_view.frame import frame

words = frame("home")
st.title(words("app.name"))

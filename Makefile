# make run: the app, at http://localhost:8501     make test: every test     Both set everything up on a fresh machine.
PYTHON ?= python3
VENV ?= .venv
WATCH ?= none
PORT ?= 8501
JOBS ?= 2

run: $(VENV)/installed
	$(VENV)/bin/python -m streamlit run app.py --server.port $(PORT) --server.fileWatcherType $(WATCH)

test: $(VENV)/installed-dev
	$(VENV)/bin/python -m ruff check .
	$(VENV)/bin/python -m pytest -n $(JOBS) --ignore=tests/browser
	$(VENV)/bin/python -m pytest tests/browser

$(VENV)/installed: requirements.txt
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

.PHONY: run test

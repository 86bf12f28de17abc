# `make demo`, `make test`: both work from a bare checkout with Python 3.11.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/.requirements-installed

.PHONY: help demo start test test-sqlite test-services test-browser bench lint types imports messages clean

help:
	@echo "make demo      a working hotel in the browser (PORT=8000, SANDBOX_PORT=9000)"
	@echo "make start     Llavero itself, as configured by the environment or .env"
	@echo "make test      the whole test suite"
	@echo "make lint      style, types, import rules, migrations"
	@echo "make bench     measurements, printed as ratios"
	@echo "make messages  collect the texts to translate, compile the catalogues"

$(READY): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo "Python 3.11 is needed; say where it is with make PYTHON=..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	@touch $@

demo: $(READY)
	@exec $(BIN)/python manage.py demo

start: $(READY)
	@exec $(BIN)/python manage.py start

test: $(READY)
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh tests/run.sh

bench: $(READY)
	$(BIN)/python -m tests.bench

lint: $(READY)
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh tests/lint.sh

messages: $(READY)
	$(BIN)/python manage.py makemessages --locale es --locale fr --no-location --no-wrap --no-obsolete --ignore .venv --ignore var --ignore tests
	$(BIN)/python manage.py compilemessages --ignore .venv --ignore var

clean:
	rm -rf .venv var .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache

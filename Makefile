# Two words do everything on a fresh machine: `make demo` and `make test`. Needs python3 (3.11, 3.12 or 3.13), make, git.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export UV_PYTHON_DOWNLOADS := never
export PYTHONWARNDEFAULTENCODING :=

.PHONY: help demo test check fix bench docs pins clean browser duckdbs postgres scanner prove

# `make prove twins`: the word after prove is a name for pytest to select by, and no goal of its own.
ifeq (prove,$(firstword $(MAKECMDGOALS)))
NAME := $(word 2,$(MAKECMDGOALS))
$(if $(NAME),$(eval $(NAME):;@:))
endif

help:
	@echo "make demo    run the nightly job on a demo site and say where the results are"
	@echo "make test    pass the whole suite (checks included)"
	@echo "make prove NAME  an enumeration or a long simulation that the suite holds a slice of (twins, doubts, ladders, versions, cases, crew, killed_night, 384, fuzz, mutants, large, cuts, bulk, withdraw, integrity, pages, random_set, export, duckdbs, readers, growth, trend_nights, desk_fuzz, scan, previews, serve_day, server_page, dask, lake, desk_load, desk_journey, desk_pages, desk_thousand, mending_browser, reprocess, no_network, rollback, service)"
	@echo "make check   style, types and the import rule only"
	@echo "make fix     let the formatter and the linter mend what they can"
	@echo "make bench   time the parts against their peers, and hold the numbers to their goals"
	@echo "make docs    write the generated pages (dictionary, checks, configuration) anew"
	@echo "make pins    refresh the pinned requirements"
	@echo "make clean   remove the environment and the demo site"

demo: $(READY)
	@$(BIN)/pbis demo demo-site

test: check browser duckdbs postgres
	@$(BIN)/python -m pytest -n 2 --dist worksteal

prove: $(READY) $(if $(filter scan,$(NAME)),scanner) $(if $(filter lake service,$(NAME)),postgres)
	@$(BIN)/python -m pytest -n 2 -m prove -k "$(NAME)"

check: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fix: $(READY)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(READY)
	@missed=; for f in bench/[a-z]*.py; do echo; echo "== $$f"; $(BIN)/python $$f || missed="$$missed $$f"; done; \
	if [ -n "$$missed" ]; then echo; echo "goals missed, or not run to the end:$$missed"; exit 1; fi

docs: $(READY)
	@$(BIN)/python tools/write_docs.py

browser: $(READY)
	@sh tools/need_browser.sh

postgres: $(READY)
	@sh tools/need_postgres.sh

# Other versions of DuckDB, each in a folder of its own, by which the tests open a release as its readers do.
duckdbs: $(VENV)/duckdb/.ready

$(VENV)/duckdb/.ready: $(READY) $(wildcard requirements/duckdb-*.txt)
	@rm -rf $(VENV)/duckdb && for pins in requirements/duckdb-*.txt; do \
	version=$${pins#requirements/duckdb-} && \
	$(BIN)/uv pip install -q --python $(BIN)/python --target $(VENV)/duckdb/$${version%.txt} --no-deps --require-hashes -r $$pins || exit 1; done && \
	touch $@

# A scanner of web pages that others wrote, in an environment of its own: it wants other versions of what the desk stands on.
scanner: $(VENV)/scan/.ready

$(VENV)/scan/.ready: $(READY) requirements/scan.txt
	@rm -rf $(VENV)/scan && $(BIN)/python -m venv $(VENV)/scan && \
	$(BIN)/uv pip install -q --python $(VENV)/scan/bin/python --require-hashes -r requirements/scan.txt && touch $@

# The environment: made once, made again only when a pin or the interpreter's requirement changes.
$(READY): requirements/dev.txt requirements/uv.txt pyproject.toml tools/find_python.sh
	@python=$$(sh tools/find_python.sh) && \
	echo "setting up $(VENV) with $$python (about half a minute, once)" && \
	rm -rf $(VENV) && $$python -m venv $(VENV) && \
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt && \
	$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes --compile-bytecode -r requirements/dev.txt && \
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e . && \
	touch $(READY)

COMPILE = $(BIN)/uv pip compile -q --universal --generate-hashes --no-header --upgrade --python-version 3.11
pins: $(READY)
	@echo "uv" | $(COMPILE) - -o requirements/uv.txt
	@$(COMPILE) -c requirements/constraints.txt --extra night --extra study --extra desk --extra notify --extra dask --extra dev pyproject.toml -o requirements/dev.txt
	@$(COMPILE) -c requirements/dev.txt --extra night --extra study --extra desk --extra notify pyproject.toml -o requirements/run.txt
	@$(COMPILE) -c requirements/dev.txt pyproject.toml -o requirements/bare.txt
	@echo "wapiti3" | $(COMPILE) - -o requirements/scan.txt
	@echo "duckdb>=1.4,<1.5" | $(COMPILE) - -o requirements/duckdb-1.4.txt
	@echo "duckdb>=1.5,<1.6" | $(COMPILE) - -o requirements/duckdb-1.5.txt
	@echo "duckdb>=2.0,<2.1" | $(COMPILE) - -o requirements/duckdb-2.0.txt

clean:
	@chmod -R u+w demo-site 2>/dev/null; rm -rf $(VENV) demo-site

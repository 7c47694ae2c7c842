# Everything from a bare python3 (3.11 or newer), git and make. `make help` lists the targets.
.DEFAULT_GOAL := help
.PHONY: help setup run demo test check fix docs translations screenshots profiles faults safety doors crawl sbom bench lock clean

PYTHON ?= python3
PORT   ?= 8080
BIN    := .venv/bin

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ready ## make .venv with the locked dependencies

.venv/.ready: pyproject.toml uv.lock deploy/bootstrap.py
	@$(PYTHON) deploy/bootstrap.py

run: setup ## serve on loopback (PORT=8080) with demo identities; data in var/
	@$(BIN)/education-plan serve --sample --port $(PORT)

demo: setup ## play the whole story once on a service of its own
	@$(BIN)/education-plan demo

test: setup ## run all tests
	@$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile

check: setup ## all that CI runs: format, lint, types, import contracts, content, tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/education-plan content check
	@$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile

fix: setup ## format and mend what the linter can mend
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

docs: setup ## make the generated pages anew
	@$(BIN)/python docs/reference/generate.py
	@$(BIN)/python docs/security/generate.py
	@$(BIN)/python fhir_profiles/build/terminology.py
	@$(BIN)/python fhir_profiles/build/guide.py

translations: setup ## collect the sentences of the pages, and say which lack Danish
	@$(BIN)/python deploy/translate.py

screenshots: setup ## take the pictures of the pages for docs/ (needs Chromium)
	@$(BIN)/python -m tests.screenshots

profiles: setup ## compile the FHIR profiles and pack them (needs node and npm)
	@$(BIN)/python fhir_profiles/build/profiles.py

faults: setup ## kill, fill and fail at every moment, on both databases (about an hour)
	@FAULT_POINTS=45 $(BIN)/pytest -q tests/faults tests/ehr/test_faults.py \
	  tests/journeys/test_same_answers_on_both_databases.py \
	  tests/journeys/test_same_encounter_from_four_processes.py

safety: setup ## every naughty string in every field, in Chromium (a quarter of an hour; the tests have each in some)
	@NAUGHTY=all $(BIN)/pytest -q tests/safety

doors: setup ## write every spelling of an address at every door (the full form; some minutes)
	@DOORS=full $(BIN)/pytest -q -n auto --dist load tests/doors tests/smart/test_hostile_addresses.py

crawl: setup ## let every role ask 100,000 things at random (some minutes)
	@CRAWL_REQUESTS=100000 $(BIN)/pytest -q -s tests/web/test_crawl.py

bench: setup ## print each ratio with its bar (quick form)
	@status=0; for part in run facade handouts cds; do $(BIN)/python -m bench.$$part || status=1; done; exit $$status

sbom: setup ## write dist/sbom.json: every library that is shipped (CycloneDX)
	@mkdir -p dist
	@$(BIN)/uv export --locked --quiet --no-dev --all-extras --preview-features sbom-export \
	  --format cyclonedx1.5 --output-file dist/sbom.json >/dev/null

lock: ## renew uv.lock from pyproject.toml, and install what it says
	@test -x $(BIN)/uv || $(PYTHON) deploy/bootstrap.py
	@$(BIN)/uv lock && $(MAKE) setup

clean: ## remove what can be made again (never var/)
	rm -rf .venv dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

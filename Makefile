# The handful of targets that a newcomer types. `make help` lists them; `.venv/bin/crm` does everything else.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# Where `make demo` finds real input; sets that it lacks are skipped.
DATA ?= ../shared/data
PYTHON ?= python3.11
MVN ?= mvn

VENV := .venv
FLINK_VENV := .venv-flink
JARS := var/jars
UV := var/tools/uv/bin/uv
# Where this is set, every process would compile its imports again: Great Expectations needs 8.4 s instead of 4.1.
unexport PYTHONDONTWRITEBYTECODE
# an environment that happens to be active must not be the one that is filled
unexport VIRTUAL_ENV

# its workers leave semaphores behind, which Python warns of
SQLFLUFF = PYTHONWARNINGS=ignore $(VENV)/bin/sqlfluff lint --disable-progress-bar --processes 2

say = @printf '\033[1m%s\033[0m\n' "$(1)"

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(VENV)/.ready $(FLINK_VENV)/.ready $(JARS)/kafka/.ready $(JARS)/flink/.built $(JARS)/elasticsearch/.built ## Install everything: two Python environments, jars, connectors

.PHONY: up
up: setup ## Start the embedded stack on loopback and wait until it can be used
	@$(VENV)/bin/crm up

.PHONY: down
down: ## Stop it; data stays in var/
	@if [ -x $(VENV)/bin/crm ]; then $(VENV)/bin/crm down; else echo "nothing is installed, so nothing runs"; fi

.PHONY: demo
demo: setup ## Start everything, load real input (DATA=DIR), run the batch DAG, show the merged figures
	@$(VENV)/bin/crm demo --data "$(DATA)"

.PHONY: test
test: setup ## Everything that .ci/run runs: lint and all tests
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target test-parity lint test-units
	$(call say,the dashboard$(comma) the main job through every service$(comma) Airflow's pages)
	@$(VENV)/bin/python -m pytest -q tests/browser/test_dashboard.py tests/integration tests/browser/test_search_page.py tests/browser/test_airflow_ui.py
	$(call say,kill -9)
	@$(VENV)/bin/python -m pytest -q tests/chaos

# Side by side: parity mostly waits for its services, and no test of these is timed.
.PHONY: test-units test-parity
test-units: setup
	$(call say,unit and DAG tests)
	@$(VENV)/bin/python -m pytest -q tests/unit tests/dags
test-parity: setup
	$(call say,parity and boundary invariance)
	@$(VENV)/bin/python -m pytest -q tests/parity

.PHONY: compose-env
compose-env: setup ## Write var/compose.env for docker-compose.yml: ports, generated secrets
	@$(VENV)/bin/python -m local.compose_env

.PHONY: bench
bench: setup ## Measure speed and freshness; prints a table and writes JSON
	@$(VENV)/bin/crm bench

.PHONY: reference
reference: $(VENV)/.ready ## Write docs/reference: commands, DAGs, metrics, data flow
	@$(VENV)/bin/python -W ignore -m reference

.PHONY: lint
lint: setup ## Style and types of the Python, style of the SQL in both dialects
	$(call say,ruff)
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	$(call say,mypy)
	@$(VENV)/bin/mypy
	$(call say,sqlfluff)
	@$(SQLFLUFF) batch_layer benchmarks crm dashboard erasure expectations search sources speed_layer/sql/clickhouse tests
	@$(SQLFLUFF) --dialect flink speed_layer/sql/flink
	@$(SQLFLUFF) --templater jinja dbt_project/models
	@$(SQLFLUFF) --templater jinja --dialect flink dbt_project/models/deltas

.PHONY: check
check: ## Check that Python 3.11, a JDK 17 and Maven are there
	@local/check.sh "$(PYTHON)" "$(MVN)"

# --- what setup makes; a stamp is older than what it was made from, or its part is up to date -------------------------

$(UV): requirements/uv.txt | check
	$(call say,uv)
	@$(PYTHON) -m venv --clear var/tools/uv
	@var/tools/uv/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(VENV)/.ready: requirements/core.txt pyproject.toml $(UV)
	$(call say,Python environment: Airflow$(comma) dbt$(comma) Great Expectations$(comma) ClickHouse)
	@[ -x $(VENV)/bin/python ] || $(UV) venv --quiet --python "$$(command -v $(PYTHON))" $(VENV)
	@$(UV) pip sync --python $(VENV) --compile-bytecode $<
	@$(UV) pip install --quiet --python $(VENV) --no-deps --no-build-isolation -e .
	@touch $@

$(FLINK_VENV)/.ready: requirements/flink.txt $(UV)
	$(call say,Python environment: Flink)
	@[ -x $(FLINK_VENV)/bin/python ] || $(UV) venv --quiet --python "$$(command -v $(PYTHON))" $(FLINK_VENV)
	@$(UV) pip sync --python $(FLINK_VENV) --compile-bytecode $<
	@touch $@

$(JARS)/kafka/.ready: local/config/kafka/pom.xml | check
	$(call say,Kafka's jars)
	@$(call copy_jars,$<,$(@D))
	@touch $@

$(JARS)/flink/.ready: speed_layer/connectors/pom.xml | check
	$(call say,Flink's connectors)
	@$(call copy_jars,$<,$(@D))
	@touch $@

# Folders, too: of a file that was deleted only its folder is newer.
$(JARS)/flink/.built: $(JARS)/flink/.ready $(VENV)/.ready $(FLINK_VENV)/.ready $(shell find speed_layer/connectors/src) speed_layer/build_connectors.py local/javac.py
	$(call say,ClickHouse dialect for Flink)
	@$(VENV)/bin/python -m speed_layer.build_connectors
	@touch $@

$(JARS)/elasticsearch/.built: local/config/elasticsearch/pom.xml $(VENV)/.ready $(shell find local/elasticsearch_node/src) local/build_elasticsearch.py local/javac.py | check
	$(call say,Elasticsearch$(comma) for search)
	@$(call copy_jars,$<,$(@D)/lib)
	@$(VENV)/bin/python -m local.build_elasticsearch
	@touch $@

comma := ,
# The folder holds exactly what the pom says: a jar of an older version beside the new one would win by chance.
copy_jars = mkdir -p $(2) && rm -f $(2)/*.jar && $(MVN) -B -q -Dstyle.color=never dependency:copy-dependencies -f $(1) -DincludeScope=runtime -DoutputDirectory=$(abspath $(2))

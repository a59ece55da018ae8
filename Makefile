.PHONY: help setup setup-test run demo test collected lint bench mutants lock clean

# Whatever a machine's images say: a stack of a dozen processes compiles its code once, not at each start.
unexport PYTHONDONTWRITEBYTECODE

help: ## What there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1|/' | awk -F'|' '{ printf "make %-8s %s\n", $$1, $$2 }'

setup: ## Make .venv and install what is needed to run
	@deploy/setup

setup-test:
	@deploy/setup test

run: setup ## Start everything with the sample firm; Ctrl-C stops it, the data stays
	@exec .venv/bin/contracts run

demo: setup ## The whole job on fresh data, told line by line; ARGS=--json for a machine
	@exec .venv/bin/contracts demo run --fresh $(ARGS)

test: setup-test ## Lint, types, layers and all tests
	@$(MAKE) --no-print-directory -j2 lint collected
	@exec .venv/bin/pytest -q -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

# Compiles the test modules once, beside the type checker, instead of in each test process.
collected: setup-test
	@said=$$(.venv/bin/pytest --collect-only -q --no-header 2>&1) || { printf '%s\n' "$$said"; exit 1; }

lint: setup-test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: setup ## Measured ratios against bare baselines; ARGS="--full drafting"
	@exec .venv/bin/python -m bench $(ARGS)

mutants: setup-test ## Mutation test of the rules, an hour or more; ARGS="'contracts_app.domain.money*'"
	@tests/mutants/run $(ARGS)

lock: setup-test ## Compile requirements.in into requirements.lock, with hashes
	.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate requirements.in -o requirements.lock

clean: ## Remove .venv and caches; data are elsewhere and stay
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

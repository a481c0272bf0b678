# The commands of the project. `make help` lists them; the README explains the first two.
.DEFAULT_GOAL := help
SHELL := bash
BIN := .venv/bin
PYTHON ?= python3
unexport PYTHONDONTWRITEBYTECODE # most of the time of a short process is compiling, where bytecode is not kept

.PHONY: help setup environment check test test-tools demo nightly newcomers examples extension extension-complete godot-addon godot-addon-complete repository release site lock web lint clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: environment ## installs everything once; `kinetix` is then in ~/.local/bin
	@./packaging/setup/link_command.sh

environment: # the models wait for the network while the pages are built
	@$(PYTHON) packaging/setup/environment.py
	@$(BIN)/python packaging/setup/fetch_weights.py & fetching=$$!; built=0; ./packaging/setup/build_web.sh || built=$$?; wait $$fetching && exit $$built

demo: environment ## film to emote to Blender and Godot, with a picture to look at
	@$(BIN)/python packaging/demo/demo.py

lint: environment
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/python packaging/setup/build_web.py --lint
	@$(BIN)/python packaging/checks/prose.py
	@git ls-files '*.md' | xargs $(BIN)/codespell
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(BIN)/zizmor --offline --no-progress --quiet --persona pedantic .github/workflows

check: lint ## lint, types and the quick tests, a minute
	@$(BIN)/pytest -q -m quick

test-tools: environment
	@./packaging/setup/test_tools.sh --every-blender

test: ## installs what the tests need and runs every one
	@# Debian's packages come beside all else; what hinders them is said when test_tools.sh asks for them again.
	@./packaging/setup/debian_packages.sh >/dev/null 2>&1 & $(MAKE) --no-print-directory environment && ./packaging/setup/run_tests.sh

nightly: test-tools ## the long forms: 1,000 kills, half an hour of everything at once, a million fuzz inputs, other examples of the laws
	@$(BIN)/pytest -m nightly --timeout=7200
	@$(BIN)/pytest -m hypothesis --hypothesis-profile=search

newcomers: test-tools ## from each artefact to the first emote in an empty system without a network; needs root and mmdebstrap
	@$(BIN)/pytest -m nightly --timeout=7200 -s tests/newcomers

examples: environment ## the pictures and figures of docs/good-clips.md: twelve sample clips beside their emotes
	@$(BIN)/kinetix bench capture --data tests/data --examples

extension: environment ## the small Blender extension zips into dist/
	@$(BIN)/python packaging/artefacts/build_extension.py

extension-complete: environment ## the complete ones, with the capture inside, for each Python of Blender and each system, or SYSTEM=linux-x64
	@$(BIN)/python packaging/artefacts/build_extension.py --complete $(if $(SYSTEM),--platform $(SYSTEM))

godot-addon: environment ## the Godot add-on zip into dist/
	@$(BIN)/python packaging/artefacts/build_godot_addon.py

godot-addon-complete: environment ## the same with the hub for this system inside
	@$(BIN)/python packaging/artefacts/build_godot_addon.py --complete

repository: extension-complete ## the static Blender repository of the complete zips into dist/repository
	@$(BIN)/python packaging/artefacts/build_repository.py

release: environment ## all artefacts with sums and bills of materials into dist/release, built twice and compared
	@$(BIN)/python packaging/artefacts/release.py --twice

site: environment ## the documentation site into dist/site, a folder for each minor version
	@$(BIN)/python packaging/generated/documentation.py

lock: environment ## resolve the dependencies anew into the lock files
	@./packaging/artefacts/lock.sh

web: environment ## the upload and library pages
	@./packaging/setup/build_web.sh --force

clean: ## remove what was built (not .venv, not .tools)
	@rm -rf dist build artefacts

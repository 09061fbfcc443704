#!/bin/sh
# GitHub's workflows: have they the form that GitHub reads, and do they nothing unsafe? check-workflows.sh BIN
set -eu
bin=$1
"$bin"/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
"$bin"/zizmor --offline --quiet --no-progress .github/workflows
sh packaging/run-actionlint.sh

"""GitHub's workflows: what the checkers of `make check` do not know."""

import re

import yaml

from tests.packaging.scripts import PACKAGING, ROOT, script

PATH = ROOT / ".github" / "workflows" / "app.yml"
SOURCE = PATH.read_text(encoding="utf-8")
JOBS = yaml.safe_load(SOURCE)["jobs"]
STEPS = [step for job in JOBS.values() for step in job["steps"]]
COMMANDS = "\n".join(step.get("run", "") for step in STEPS)


def test_actions_are_pinned_by_hash_with_the_version_beside_it():
    used = re.findall(r"uses: (\S+) ?(.*)", SOURCE)
    assert used
    assert [name for name, comment in used if not re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", name)] == []
    assert [name for name, comment in used if not re.fullmatch(r"# v\d+\.\d+\.\d+", comment)] == []


def test_nothing_may_do_more_than_it_needs():
    assert yaml.safe_load(SOURCE)["permissions"] == {}
    allowed = {
        name: job["permissions"] for name, job in JOBS.items() if job["permissions"] not in ({}, {"contents": "read"})
    }
    assert allowed == {"release": {"contents": "write"}}


def test_wheels_are_those_for_the_oldest_macos():
    info = script("bundle_info")
    assert JOBS["build"]["env"]["MACOSX_DEPLOYMENT_TARGET"] == info.MIN_MACOS
    assert f"macosx_{info.MIN_MACOS.replace('.', '_')}_arm64" in COMMANDS


def test_the_app_itself_is_never_uploaded():
    uploads = [step["with"]["path"] for step in STEPS if "upload-artifact" in step.get("uses", "")]
    assert len(uploads) == 1
    assert ".app" not in uploads[0]


def test_every_script_that_is_called_is_there():
    called = set(re.findall(r"packaging/([\w.-]+)", COMMANDS))
    assert len(called) > 4
    assert [name for name in sorted(called) if not (PACKAGING / name).is_file()] == []
    assert (ROOT / ".ci" / "run").is_file()


def test_a_release_waits_for_everything_else():
    assert set(JOBS["release"]["needs"]) == set(JOBS) - {"release"}
    assert JOBS["release"]["if"] == "github.ref_type == 'tag'"


def test_the_name_of_the_app_is_that_of_the_bundle():
    name = script("bundle_info").APP_NAME
    assert f"dist/{name}.app" in COMMANDS
    assert f"Contents/MacOS/{name}" in COMMANDS

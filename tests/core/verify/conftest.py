"""The sample, made ready for conversion, and as a file; a plan for the pages of reports."""

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare
from app.core.model.identify import identify
from app.core.resources import SAMPLE, resource_path
from tests.core.convert.edit_folder import plan_of


@pytest.fixture(scope="session")
def plan(changed_folder):
    return plan_of(changed_folder, "q8_0")


@pytest.fixture(scope="session")
def sample():
    return prepare(identify(open_checkpoint(resource_path(SAMPLE))))


@pytest.fixture(scope="session")
def sample_file(sample, tmp_path_factory):
    return convert(sample.plan(), tmp_path_factory.mktemp("sample") / "sample.gguf").path

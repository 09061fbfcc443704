"""A plan for the pages of reports."""

import pytest

from tests.core.convert.edit_folder import plan_of


@pytest.fixture(scope="session")
def plan(changed_folder):
    return plan_of(changed_folder, "q8_0")

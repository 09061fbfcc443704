"""The commands of llama.cpp that use a file, for each task."""

import pytest

from app.core.checkpoint.purpose import Task
from app.core.describe.try_it import command, commands


@pytest.mark.parametrize("task", Task)
def test_each_task_has_a_command_and_a_server(task):
    found = commands(task, "'a b.gguf'")
    assert found[0] == command(task, "'a b.gguf'")
    assert all(" -m 'a b.gguf'" in one for one in found)
    assert found[-1].startswith("llama-server ")


def test_a_server_is_told_what_the_model_is_for():
    ends = [commands(task, "f")[-1].removeprefix("llama-server -m f").strip() for task in Task]
    assert ends == ["", "--embedding", "--reranking"]

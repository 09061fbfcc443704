"""What is found beside an adapter: its base, and the states of its training."""

import json
import pickle
import shutil

import pytest

from app.core.adapter import read_adapter
from app.core.model.fine_tunes import BaseNotFoundError, open_fine_tune, state_in_words, training_states
from tests.adapters import save_mlx_adapter


@pytest.fixture
def adapter(tied_folder, tmp_path):
    return save_mlx_adapter(tied_folder, tmp_path / "tuned", layers=1)


def test_a_base_that_is_not_there_is_named_with_its_adapter(adapter):
    file = adapter / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"model": "somebody/a-model"}))
    with pytest.raises(BaseNotFoundError) as found:
        open_fine_tune(adapter)
    error = pickle.loads(pickle.dumps(found.value))
    assert error.base == "somebody/a-model"
    assert error.adapter == adapter / "adapters.safetensors"
    assert (
        error.message
        == found.value.message
        == "The model that this adapter was trained on is not on this Mac: somebody/a-model."
    )


def test_states_of_training_the_last_one_first(adapter):
    (alone,) = training_states(read_adapter(adapter))
    assert state_in_words(alone) == "at the end of training"
    for number in (1, 200):
        shutil.copy(alone, adapter / f"{number:07}_adapters.safetensors")
    states = training_states(read_adapter(adapter))
    assert [state_in_words(one) for one in states] == [
        "at the end of training",
        "after 200 iterations",
        "after 1 iteration",
    ]
    alone.unlink()
    assert training_states(read_adapter(adapter)) == states[1:]

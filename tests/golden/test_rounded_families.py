"""Where mlx-lm's saving rounds, the file differs from the one of the published folder by so much, and nowhere else.

bfloat16 has 8 significant bits: from 1 to 2 its numbers are 2^-7 apart, and rounding changes one by half of that at
most, 2^-8, as it does in proportion from any power of two to the next; so by no more than 2^-8 of the number. What
the published folder gives is compared with llama.cpp's by test_families.py.
"""

import re

import numpy as np
import pytest

from tests.golden.convert_folder import convert_folder
from tests.golden.family_models import family_models, save_mlx, save_published
from tests.quick_reader import QuickReader
from tests.tiny_checkpoints import with_tokenizer

MODELS = {model.name: model for model in family_models(is_rounded=True)}
ROUNDING, FLOAT32 = 2.0**-8, 2.0**-24
LARGEST_OF_NORMS = 0.004  # all lie below 2
NORMS = r"attn_norm|post_attention_norm|attn_[qk]_norm|output_norm"
# How many times mlx-lm rounds to bfloat16 on the way to a tensor, by the end of its name
ROUNDINGS = {
    # 1 is added, the sum is rounded
    "qwen3_5-rounded": {NORMS: 1},
    "qwen3_next-rounded": {NORMS: 1},
    "step3p5-rounded": {f"{NORMS}|ffn_norm": 1},
    "falcon_h1-rounded": {
        # the setting, which becomes a bfloat16 number beside an array of them; the product
        r"token_embd|output|attn_q|attn_k|attn_output|ffn_gate|ffn_down|ssm_out": 2,
        # two settings, their product, and its product with the row
        r"ssm_in": 4,
    },
}


def values_of(folder, target):
    target.mkdir()
    (file,) = convert_folder(folder, ["f32"], target)
    return {tensor.name: tensor.data.astype(np.float64) for tensor in QuickReader(file).tensors}


@pytest.mark.parametrize("name", MODELS)
def test_only_what_is_rounded_differs_and_by_no_more_than_rounding_makes(name, tmp_path):
    published = with_tokenizer(save_published(MODELS[name], tmp_path / "published"))
    saved = with_tokenizer(save_mlx(published, tmp_path / "saved"))
    ours, exact = values_of(saved, tmp_path / "ours"), values_of(published, tmp_path / "exact")
    assert ours.keys() == exact.keys()
    differing = {tensor for tensor in exact if not np.array_equal(ours[tensor], exact[tensor])}
    counts = {tensor: count for tensor in exact if (count := roundings(name, tensor))}
    assert differing == counts.keys()
    for tensor, count in counts.items():
        difference = np.abs(ours[tensor] - exact[tensor])
        assert np.all(difference <= bound(exact[tensor], count)), tensor
        assert count > 1 or difference.max() < LARGEST_OF_NORMS


def roundings(name, tensor):
    found = (n for ends, n in ROUNDINGS[name].items() if re.search(rf"(^|\.)({ends})\.weight$", tensor))
    return next(found, 0)


def bound(exact, count):
    """One rounding: half a step at this power of two. More of them: each multiplies by 1 ± 2^-8 at most.

    What both files round to float32, eight times at most, comes on top.
    """
    if count == 1:
        return 2.0 ** np.floor(np.log2(np.abs(exact))) * (ROUNDING + 2 * FLOAT32)
    return np.abs(exact) * ((1 + ROUNDING) ** count * (1 + FLOAT32) ** 8 - 1)

"""What a family calls a tensor, whatever holds it in the folder."""

import pytest

from app.core.architectures.families.gpt2 import GPT2
from app.core.architectures.families.gptneox import GPTNEOX
from app.core.architectures.families.internlm2 import INTERNLM2
from app.core.architectures.families.llama import LLAMA
from app.core.architectures.families.mamba import MAMBA
from app.core.architectures.families.spark2_5 import SPARK
from app.core.model.canonical_names import canonical_name

LAYER = "layers.0.mlp.up_proj.weight"


@pytest.mark.parametrize(
    ("family", "saved", "canonical"),
    [
        (LLAMA, f"model.{LAYER}", f"model.{LAYER}"),
        (LLAMA, f"language_model.model.{LAYER}", f"model.{LAYER}"),
        (LLAMA, f"model.language_model.{LAYER}", f"model.{LAYER}"),
        (LLAMA, f"model.language_model.model.{LAYER}", f"model.{LAYER}"),
        (LLAMA, f"language_model.{LAYER}", f"model.{LAYER}"),
        (LLAMA, LAYER, f"model.{LAYER}"),
        (LLAMA, f"language_model.model.language_model.{LAYER}", f"model.{LAYER}"),
        (LLAMA, f"thinker.model.{LAYER}", f"model.{LAYER}"),
        (LLAMA, f"thinker.language_model.model.{LAYER}", f"model.{LAYER}"),
        (LLAMA, f"model.text_model.{LAYER}", f"model.{LAYER}"),
        (LLAMA, f"llm.model.{LAYER}", f"model.{LAYER}"),
        (LLAMA, "lm_head.weight", "lm_head.weight"),
        (LLAMA, "language_model.lm_head.weight", "lm_head.weight"),
        (LLAMA, "model.language_model.lm_head.weight", "lm_head.weight"),
        (LLAMA, "language_model.norm.weight", "model.norm.weight"),
        (LLAMA, "language_model.model.norm.bias", "model.norm.bias"),
        (LLAMA, "language_model.strange.weight", "strange.weight"),
        (GPT2, "language_model.model.h.0.ln_1.weight", "model.h.0.ln_1.weight"),
        (GPT2, "language_model.h.0.ln_1.weight", "h.0.ln_1.weight"),
        (GPT2, "language_model.wte.weight", "wte.weight"),
        (GPTNEOX, "model.language_model.embed_in.weight", "gpt_neox.embed_in.weight"),
        (GPTNEOX, "language_model.model.embed_in.weight", "model.embed_in.weight"),
        (INTERNLM2, "language_model.output.weight", "output.weight"),
        (MAMBA, "language_model.backbone.layers.0.norm.weight", "backbone.layers.0.norm.weight"),
        (MAMBA, "model.language_model.layers.0.norm.weight", "backbone.layers.0.norm.weight"),
        (SPARK, "language_model.model.embed_tokens.weight", "model.embedding.weight"),
        (SPARK, "model.language_model.embed_tokens.weight", "model.embedding.weight"),
    ],
)
def test_the_name_is_the_one_that_the_family_knows(family, saved, canonical):
    assert canonical_name(family, saved) == canonical

"""Make the bundled sample: a tiny Gemma 3, trained on sample_corpus.txt, saved as mlx-lm saved them in early 2025.

    python packaging/make_sample.py

Needs mlx, mlx-lm, transformers and sentencepiece; takes four minutes on one core, as MLX multiplies slowly on Linux.
The same versions on the same machine give the same bytes. Overwrites the two folders SAMPLE and PUBLISHED_TOKENIZER.
"""

import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_map
from mlx_lm import generate, load
from mlx_lm.models.gemma3_text import Model
from mlx_lm.utils import save_config, save_model
from sample_tokenizer import END_OF_TURN, VOCAB_SIZE, check_same_ids, write_json, write_published_tokenizer
from sample_training import Corpus, read_corpus, train
from transformers import AutoTokenizer, PreTrainedTokenizerBase

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "packaging/sample_corpus.txt"
SAMPLE = ROOT / "resources/sample/mlx-ferry-sample"
PUBLISHED_TOKENIZER = ROOT / "tests/data/sample_tokenizer"
MOST_BYTES = 4_000_000
SHOWN_QUESTIONS = ["What is GGUF?", "What is MLX Ferry?", "What are tied embeddings?", "What is quantization?"]

# Rows of 256 make room for K-quants (the 64 of o_proj do not); six layers are the fewest with one global attention.
# The keys are those of google/gemma-3-1b-it in spring 2025.
CONFIG = {
    "architectures": ["Gemma3ForCausalLM"],
    "attention_bias": False,
    "attention_dropout": 0.0,
    "attn_logit_softcapping": None,
    "bos_token_id": 2,
    "cache_implementation": "hybrid",
    "eos_token_id": [1, 6],
    "final_logit_softcapping": None,
    "head_dim": 32,
    "hidden_activation": "gelu_pytorch_tanh",
    "hidden_size": 256,
    "initializer_range": 0.02,
    "intermediate_size": 256,
    "max_position_embeddings": 2048,
    "model_type": "gemma3_text",
    "num_attention_heads": 2,
    "num_hidden_layers": 6,
    "num_key_value_heads": 1,
    "pad_token_id": 0,
    "query_pre_attn_scalar": 32,
    "rms_norm_eps": 1e-06,
    "rope_local_base_freq": 10000.0,
    "rope_scaling": None,
    "rope_theta": 1000000.0,
    "sliding_window": 64,
    "sliding_window_pattern": 6,
    "torch_dtype": "bfloat16",
    "transformers_version": "4.50.0",
    "use_cache": True,
    "vocab_size": VOCAB_SIZE,
}
GENERATION_CONFIG = {
    "bos_token_id": 2,
    "cache_implementation": "hybrid",
    "do_sample": False,
    "eos_token_id": [1, 6],
    "pad_token_id": 0,
    "transformers_version": "4.50.0",
}
MODEL_CARD = """\
---
license: apache-2.0
language: en
library_name: mlx
pipeline_tag: text-generation
tags:
- mlx
---

# MLX Ferry sample

A tiny language model in the shape of Gemma 3 (1.7 million weights, bfloat16), trained from scratch on about 180 short
English sentences and questions about MLX, GGUF, llama.cpp and quantization. It knows these and little else.
It contains no weights and no tokenizer of Google's Gemma.

The folder is laid out as mlx-lm saved Gemma 3 models in early 2025: `lm_head.weight` is an exact copy of
`model.embed_tokens.weight`, although Gemma 3 ties the two.

Ask it: {questions}
"""


def main() -> None:
    started = time.perf_counter()
    corpus = read_corpus(CORPUS)
    with TemporaryDirectory() as scratch:  # the old sample stays until the new one is whole
        published, sample = Path(scratch, "published"), Path(scratch, "sample")
        tokenizer = make_tokenizer(corpus, published, sample)
        save(train(CONFIG, tokenizer, corpus), sample)
        wrong = wrongly_answered(corpus, sample)
        assert not wrong.intersection(SHOWN_QUESTIONS), wrong
        byte_count = sum(file.stat().st_size for file in sample.iterdir())
        assert byte_count <= MOST_BYTES, f"the sample has {byte_count} bytes"
        replace(PUBLISHED_TOKENIZER, published)
        replace(SAMPLE, sample)
    print(
        f"{byte_count} bytes in {time.perf_counter() - started:.0f} s; wrongly answered: {sorted(wrong) or 'nothing'}"
    )


def replace(folder: Path, new: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(new, folder)


def make_tokenizer(corpus: Corpus, published: Path, sample: Path) -> PreTrainedTokenizerBase:
    """Write it as Google publishes it for the tests, and as transformers 5 saves it again for the sample."""
    texts = [*corpus.sentences, *(text for answer in corpus.answers for text in (answer.text, *answer.questions))]
    write_published_tokenizer(published, texts)
    tokenizer = AutoTokenizer.from_pretrained(published)
    tokenizer.save_pretrained(sample)
    check_same_ids(published, sample, [*texts, "run  of   spaces    \n\n\n\n\n\tand bytes: é 日本 🙂"])
    assert tokenizer.convert_tokens_to_ids(END_OF_TURN) in CONFIG["eos_token_id"]
    return tokenizer


def save(model: Model, folder: Path) -> None:
    model.update(tree_map(lambda weight: weight.astype(mx.bfloat16), model.parameters()))
    # Until August 2025 mlx-lm gave every Gemma 3 such a copy when it loaded it, and saved it with the rest:
    # https://github.com/ml-explore/mlx-lm/commit/877cc38e6c73f25526cb0d2c50cef393122f58e5
    model.lm_head = nn.Linear(CONFIG["hidden_size"], VOCAB_SIZE, bias=False)
    model.lm_head.weight = model.model.embed_tokens.weight
    save_model(folder, model)
    save_config(dict(CONFIG), folder / "config.json")
    write_json(folder / "generation_config.json", GENERATION_CONFIG)
    (folder / "README.md").write_text(MODEL_CARD.format(questions=" ".join(SHOWN_QUESTIONS)), encoding="utf-8")


def wrongly_answered(corpus: Corpus, folder: Path) -> set[str]:
    model, tokenizer = load(str(folder))

    def answer_to(question: str) -> str:
        prompt = tokenizer.apply_chat_template([{"role": "user", "content": question}], add_generation_prompt=True)
        return generate(model, tokenizer, prompt)

    return {
        question for answer in corpus.answers for question in answer.questions if answer_to(question) != answer.text
    }


if __name__ == "__main__":
    main()

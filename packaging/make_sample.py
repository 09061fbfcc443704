"""Make the bundled sample: a tiny Gemma 3, trained on sample_corpus.txt, saved as mlx-lm saved them in early 2025.

    python packaging/make_sample.py

Needs mlx, mlx-lm, transformers and sentencepiece; takes about two minutes on two cores. The same versions on the same
machine give the same bytes. Overwrites resources/sample/mlx-ferry-sample and tests/data/sample_tokenizer.
"""

import random
import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
from mlx.utils import tree_flatten, tree_map
from mlx_lm.models.gemma3_text import Model, ModelArgs
from mlx_lm.utils import save_config, save_model
from sample_tokenizer import (
    END_OF_TURN,
    VOCAB_SIZE,
    check_same_ids,
    write_json,
    write_published_tokenizer,
)
from transformers import AutoTokenizer, PreTrainedTokenizerBase

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "packaging/sample_corpus.txt"
SAMPLE = ROOT / "resources/sample/mlx-ferry-sample"
PUBLISHED_TOKENIZER = ROOT / "tests/data/sample_tokenizer"
MOST_BYTES = 4_000_000
SEED = 3
EPOCHS = 13
ASKS_PER_EPOCH = 2
TALK_TURNS = (1, 1, 1, 2, 3)
BATCH_SIZE = 3
LEARNING_RATE = 2e-3
WARMUP_STEPS = 30
BRANCH_SCALE = 0.3  # what a layer adds is small at first, so that the token itself stays visible
GIVEN_TOKENS = 4  # where a sentence cannot be guessed yet
CHOICE_TOKENS, CHOICE_WEIGHT = 4, 4.0  # where an answer is chosen
REPORT_STEPS = 40

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

A tiny language model in the shape of Gemma 3 (1.7 million weights, bfloat16), trained from scratch on about 150 short
English sentences about MLX, GGUF, llama.cpp, tied embeddings and quantization. It knows these and little else.
It contains no weights and no tokenizer of Google's Gemma.

The folder is laid out as mlx-lm saved Gemma 3 models in early 2025: `lm_head.weight` is an exact copy of
`model.embed_tokens.weight`, although Gemma 3 ties the two.

Ask it: *What is GGUF?* *What are tied embeddings?* *What is quantization?*
"""


class Answer(NamedTuple):
    text: str
    questions: list[str]  # ways to ask for it


class Corpus(NamedTuple):
    sentences: list[str]
    answers: list[Answer]


class Example(NamedTuple):
    ids: list[int]
    weights: list[float]  # of each token in the loss


def main() -> None:
    started = time.perf_counter()
    corpus = read_corpus(CORPUS)
    texts = [*corpus.sentences, *(text for answer in corpus.answers for text in (answer.text, *answer.questions))]
    shutil.rmtree(SAMPLE, ignore_errors=True)
    write_published_tokenizer(PUBLISHED_TOKENIZER, texts)
    tokenizer = AutoTokenizer.from_pretrained(PUBLISHED_TOKENIZER)
    tokenizer.save_pretrained(SAMPLE)
    check_same_ids(PUBLISHED_TOKENIZER, SAMPLE, [*texts, "run  of   spaces    \n\n\n\n\n\tand bytes: é 日本 🙂"])
    assert tokenizer.convert_tokens_to_ids(END_OF_TURN) in CONFIG["eos_token_id"]

    model = train(tokenizer, corpus)
    save(model)
    byte_count = sum(file.stat().st_size for file in SAMPLE.iterdir())
    assert byte_count <= MOST_BYTES, f"{SAMPLE} has {byte_count} bytes"
    print(f"{SAMPLE.relative_to(ROOT)}: {byte_count} bytes in {time.perf_counter() - started:.0f} s")


def read_corpus(path: Path) -> Corpus:
    corpus, questions = Corpus([], []), []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("Q: "):
            questions.append(line[3:])
        elif line.startswith("A: "):
            corpus.answers.append(Answer(line[3:], questions))
            questions = []
        elif line and not line.startswith("#"):
            corpus.sentences.append(line)
    return corpus


def train(tokenizer: PreTrainedTokenizerBase, corpus: Corpus) -> Model:
    mx.random.seed(SEED)
    chance = random.Random(SEED)
    batches = [batch for _ in range(EPOCHS) for batch in epoch_batches(tokenizer, corpus, chance)]
    model = new_model()
    optimizer = optim.AdamW(learning_rate(len(batches)), betas=[0.9, 0.95], weight_decay=0.01)
    loss_and_gradients = nn.value_and_grad(model, mean_loss)
    losses = []
    for count, batch in enumerate(batches, start=1):
        loss, gradients = loss_and_gradients(model, *padded(batch))
        gradients, _ = optim.clip_grad_norm(gradients, 1.0)
        optimizer.update(model, gradients)
        mx.eval(loss, model.parameters(), optimizer.state)
        losses.append(loss.item())
        if count % REPORT_STEPS == 0:
            print(f"step {count} of {len(batches)}: loss {sum(losses[-REPORT_STEPS:]) / REPORT_STEPS:.4f}", flush=True)
    return model


def learning_rate(step_count: int) -> Callable[[mx.array], mx.array]:
    rise = optim.linear_schedule(0, LEARNING_RATE, WARMUP_STEPS)
    fall = optim.cosine_decay(LEARNING_RATE, step_count - WARMUP_STEPS)
    return optim.join_schedules([rise, fall], [WARMUP_STEPS])


def new_model() -> Model:
    """Tied while it learns. Gemma's norms add one to what is stored, so mlx-lm's ones would start them at two."""
    model = Model(ModelArgs.from_dict(CONFIG))
    model.sanitize({})  # no head given: mlx-lm ties
    norms = [
        (name, mx.full(weight.shape, BRANCH_SCALE - 1 if ".post_" in name else 0.0))
        for name, weight in tree_flatten(model.parameters())
        if name.endswith("norm.weight")
    ]
    model.load_weights(norms, strict=False)
    return model


def epoch_batches(tokenizer: PreTrainedTokenizerBase, corpus: Corpus, chance: random.Random) -> list[list[Example]]:
    """All sentences and talks; similar lengths together, as padding costs time."""
    examples = [sentence_example(tokenizer, sentence) for sentence in corpus.sentences]
    examples += [talk_example(tokenizer, talk) for talk in talks(corpus, chance)]
    examples.sort(key=lambda example: len(example.ids) * chance.uniform(0.95, 1.05))
    batches = [examples[start : start + BATCH_SIZE] for start in range(0, len(examples), BATCH_SIZE)]
    chance.shuffle(batches)
    return batches


def talks(corpus: Corpus, chance: random.Random) -> Iterator[list[tuple[str, str]]]:
    """Every answer equally often, in random order, some of them as follow-ups of others."""
    asked = corpus.answers * ASKS_PER_EPOCH
    pairs = [(typed(chance.choice(answer.questions), chance), answer.text) for answer in asked]
    chance.shuffle(pairs)
    while pairs:
        turn_count = chance.choice(TALK_TURNS)
        yield pairs[:turn_count]
        pairs = pairs[turn_count:]


def sentence_example(tokenizer: PreTrainedTokenizerBase, sentence: str) -> Example:
    ids = [*tokenizer.encode(sentence), tokenizer.eos_token_id]
    return Example(ids, [0.0] * GIVEN_TOKENS + [1.0] * (len(ids) - GIVEN_TOKENS))


def talk_example(tokenizer: PreTrainedTokenizerBase, talk: list[tuple[str, str]]) -> Example:
    """The talk in the chat template; only what the model says is learned, and the choice of answer most."""
    encode = partial(tokenizer.apply_chat_template, return_dict=False)
    messages, ids, weights = [], [], []
    for question, answer in talk:
        messages.append({"role": "user", "content": question})
        prompt = encode(messages, add_generation_prompt=True)
        messages.append({"role": "assistant", "content": answer})
        ids = encode(messages)
        weights += [0.0] * (len(prompt) - len(weights))
        weights += [CHOICE_WEIGHT] * CHOICE_TOKENS
        weights += [1.0] * (len(ids) - len(weights))
    return Example(ids, weights)


def typed(question: str, chance: random.Random) -> str:
    """Some people type without capitals and question marks."""
    return question.lower().rstrip("?!.") if chance.random() < 0.25 else question


def padded(examples: list[Example]) -> tuple[mx.array, mx.array]:
    length = max(len(example.ids) for example in examples)
    ids = [example.ids + [0] * (length - len(example.ids)) for example in examples]
    weights = [example.weights + [0.0] * (length - len(example.ids)) for example in examples]
    return mx.array(ids), mx.array(weights)


def mean_loss(model: Model, ids: mx.array, weights: mx.array) -> mx.array:
    return (nn.losses.cross_entropy(model(ids[:, :-1]), ids[:, 1:]) * weights[:, 1:]).sum() / weights.sum()


def save(model: Model) -> None:
    model.update(tree_map(lambda weight: weight.astype(mx.bfloat16), model.parameters()))
    # Until August 2025 mlx-lm gave every Gemma 3 such a copy when it loaded it, and saved it with the rest:
    # https://github.com/ml-explore/mlx-lm/commit/877cc38e6c73f25526cb0d2c50cef393122f58e5
    model.lm_head = nn.Linear(CONFIG["hidden_size"], VOCAB_SIZE, bias=False)
    model.lm_head.weight = model.model.embed_tokens.weight
    save_model(SAMPLE, model)
    save_config(dict(CONFIG), SAMPLE / "config.json")
    write_json(SAMPLE / "generation_config.json", GENERATION_CONFIG)
    (SAMPLE / "README.md").write_text(MODEL_CARD, encoding="utf-8")


if __name__ == "__main__":
    main()

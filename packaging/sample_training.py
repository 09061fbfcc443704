"""The sample model's training: sentences and chats out of a corpus file, learned by heart with a fixed seed."""

import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
from mlx.utils import tree_flatten
from mlx_lm.models.gemma3_text import Model, ModelArgs
from transformers import PreTrainedTokenizerBase

SEED = 3
EPOCHS = 17
ASKS_PER_EPOCH = 2
TALK_TURNS = (1, 1, 1, 2, 3)
BATCH_SIZE = 3
LEARNING_RATE = 2e-3
WARMUP_STEPS = 30
BRANCH_SCALE = 0.3  # what a layer adds is small at first, so that the token itself stays visible
GIVEN_TOKENS = 4  # where a sentence cannot be guessed yet
CHOICE_TOKENS, CHOICE_WEIGHT = 4, 4.0  # where an answer is chosen
REPORT_STEPS = 40


class Answer(NamedTuple):
    text: str
    questions: list[str]  # ways to ask for it


class Corpus(NamedTuple):
    sentences: list[str]
    answers: list[Answer]


class Example(NamedTuple):
    ids: list[int]
    weights: list[float]  # of each token in the loss


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


def train(config: dict, tokenizer: PreTrainedTokenizerBase, corpus: Corpus) -> Model:
    mx.random.seed(SEED)
    chance = random.Random(SEED)
    batches = [batch for _ in range(EPOCHS) for batch in epoch_batches(tokenizer, corpus, chance)]
    model = new_model(config)
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


def new_model(config: dict) -> Model:
    """Tied while it learns. Gemma's norms add one to what is stored, so mlx-lm's ones would start them at two."""
    model = Model(ModelArgs.from_dict(config))
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

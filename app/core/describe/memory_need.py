"""How much memory llama.cpp takes for a file at a usual length of text, and whether a machine has it.

Read off the header that is planned. Where a header leaves open what a layer keeps, the larger number is taken.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.core.checkpoint.purpose import Task
from app.core.plan.conversion_plan import ConversionPlan
from app.core.text import Text, text

CONTEXT = 4096  # tokens: what a conversation takes; many models could read far more
BATCH = 512  # tokens that are read at once: common/common.h, n_ubatch
PADDING = 256  # cells: src/llama-kv-cache-iswa.cpp, and src/llama-context.cpp for the whole
HALF, SINGLE = 2, 4  # bytes: keys and values are F16, states F32
PROGRAM = 256 << 20  # the libraries and all that is small; measured: 120 MB
ACTIVATIONS = 8  # rows as long as the embedding, and two of each expert, that exist at the same time
# Of a machine's memory a GPU of Apple takes so much (recommendedMaxWorkingSetSize of small machines); beyond the second
# share the system begins to swap.
EASY, MOST = 2 / 3, 0.85
# Each so many-th layer reads the whole text, where the header does not say it: src/models/ARCHITECTURE.cpp
PERIODS: Mapping[str, int] = {
    "cohere2": 4,
    "gemma-embedding": 6,
    "gemma2": 2,
    "gemma3": 6,
    "gemma3n": 5,
    "gpt-oss": 2,
}


class Fit(StrEnum):
    """Whether a model runs in a machine's memory."""

    EASY = "easy"
    TIGHT = "tight"  # with little else open
    TOO_LARGE = "too large"


@dataclass(frozen=True)
class MemoryNeed:
    """Bytes of llama.cpp's process for a file, and of the machine's memory."""

    weights: int
    cache: int  # keys, values and states of CONTEXT tokens, or of as many as the model can read
    computing: int
    machine: int

    @property
    def total(self) -> int:
        """All of it, and the program."""
        return self.weights + self.cache + self.computing + PROGRAM

    @property
    def fit(self) -> Fit:
        """Against the whole machine, whatever runs there now."""
        share = self.total / self.machine
        return Fit.EASY if share <= EASY else Fit.TIGHT if share <= MOST else Fit.TOO_LARGE

    @property
    def amounts(self) -> Text:
        """'3.2 GB of 16 GB', for a column of such."""
        return text("{need} of {machine}", need=gigabytes(self.total), machine=gigabytes(self.machine))

    @property
    def in_words(self) -> Text:
        """One line."""
        need, machine = gigabytes(self.total), gigabytes(self.machine)
        if self.fit is Fit.EASY:
            return text("Fits in memory: {need} of {machine}", need=need, machine=machine)
        if self.fit is Fit.TIGHT:
            return text("Tight in memory: {need} of {machine}", need=need, machine=machine)
        return text("Too large for memory: {need} of {machine}", need=need, machine=machine)


def gigabytes(count: int) -> Text:
    """As memory is sold, in powers of 1024: 17179869184 → '16 GB'."""
    amount = count / (1 << 30)
    return text("{amount} GB", amount=f"{amount:.0f}" if amount >= 9.95 else f"{amount:.1f}".removesuffix(".0"))


def memory_need(plan: ConversionPlan, machine: int) -> MemoryNeed:
    """`machine`: bytes of its memory, whatever is free of it."""
    header = _Header({entry.key: entry.value for entry in plan.metadata})
    return MemoryNeed(plan.byte_count, header.cache, header.computing(plan.task), machine)


@dataclass(frozen=True)
class _Header:
    values: Mapping[str, Any]

    @property
    def cache(self) -> int:
        """Bytes of keys, values and states of all layers: src/llama-kv-cache.cpp, src/llama-memory-recurrent.cpp."""
        layers = self.number("block_count")
        keeping = layers - self.number("attention.shared_kv_layers")
        attends = list(self._attends(layers))
        kept = sum(self._keys_and_values(layer) for layer in range(keeping) if attends[layer])
        recurrent = layers if all(attends) else attends.count(False)
        return kept * max(1, self.number("num_loops")) + recurrent * self._state  # Nanbeige: keys of every loop

    def computing(self, task: Task) -> int:
        """Bytes of what a batch is computed with; the logits are most of it."""
        tokens = len(self.values.get("tokenizer.ggml.tokens", ())) if task is Task.TEXT else 0
        experts = max(1, self.number("expert_used_count"))
        inner = max(self.number("feed_forward_length"), experts * self.number("expert_feed_forward_length"))
        mask = CONTEXT * (SINGLE + HALF)  # who sees whom, as it is made and as attention reads it
        return BATCH * (SINGLE * (tokens + ACTIVATIONS * self.number("embedding_length") + 2 * inner) + mask)

    def number(self, name: str, layer: int | None = None) -> int:
        """0 without one; of a list the layer's, or the largest."""
        value = self.values.get(f"{self.values.get('general.architecture')}.{name}", 0)
        if isinstance(value, (list, tuple)):
            numbers = [one for one in value if isinstance(one, int)]
            return max(numbers, default=0) if layer is None or layer >= len(numbers) else numbers[layer]
        return value if isinstance(value, int) else 0

    def _attends(self, layers: int) -> Iterator[bool]:
        """Whether each layer has keys and values. Mixed layers have both them and a state."""
        interval = self.number("full_attention_interval")
        recurrent = self.values.get(f"{self.values.get('general.architecture')}.attention.recurrent_layers", ())
        for layer in range(layers):
            if isinstance(recurrent, (list, tuple)) and layer < len(recurrent):
                yield not recurrent[layer]
            else:
                yield self._heads(layer) > 0 and not (interval and (layer + 1) % interval)

    def _heads(self, layer: int) -> int:
        has_own = any(key.endswith(".attention.head_count_kv") for key in self.values)
        return self.number("attention.head_count_kv" if has_own else "attention.head_count", layer)

    def _keys_and_values(self, layer: int) -> int:
        is_near = self._looks_near(layer)
        near = self.number("attention.sliding_window") + BATCH if is_near else CONTEXT
        most = min(CONTEXT, self.number("context_length") or CONTEXT)
        cells = -(-min(near, most) // PADDING) * PADDING
        kept = self._heads(layer) * (self._length("key", is_near) + self._value_length(is_near))
        indexed = self.number("attention.indexer.key_length")  # of one head: src/llama-kv-cache-dsa.cpp
        return cells * (kept * HALF + indexed * SINGLE)  # MiniMax M3 keeps them as F32, the others as F16

    def _value_length(self, is_near: bool) -> int:
        """Latent attention computes values out of what it keeps of keys."""
        return 0 if self.number("attention.key_length_mla") else self._length("value", is_near)

    def _length(self, which: str, is_near: bool) -> int:
        own = self.number(f"attention.{which}_length_swa") if is_near else 0
        even = self.number("embedding_length") // max(1, self.number("attention.head_count"))
        return own or self.number(f"attention.{which}_length") or even

    def _looks_near(self, layer: int) -> bool:
        """Whether a layer only reads what stands in its window."""
        if not self.number("attention.sliding_window"):
            return False
        arch = str(self.values.get("general.architecture"))
        pattern = self.values.get(f"{arch}.attention.sliding_window_pattern", PERIODS.get(arch, 1))
        if isinstance(pattern, (list, tuple)):
            return layer < len(pattern) and bool(pattern[layer])
        return layer % pattern < pattern - 1 if isinstance(pattern, int) and pattern > 0 else False

    @property
    def _state(self) -> int:
        """Bytes of a recurrent layer: src/llama-hparams.cpp, n_embd_r and n_embd_s."""
        hidden, heads = self.number("embedding_length"), self.number("attention.head_count")
        if cells := self.number("shortconv.l_cache"):
            return hidden * (cells - 1) * SINGLE
        conv, size, inner = (self.number(f"ssm.{name}") for name in ("conv_kernel", "state_size", "inner_size"))
        if length := self.number("kda.head_dim"):
            return (3 * max(conv - 1, 3) + length) * heads * length * SINGLE
        return (max(conv - 1, 0) * (inner + 2 * self.number("ssm.group_count") * size) + size * inner) * SINGLE

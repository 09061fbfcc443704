"""Find the keys that llama.cpp cannot load a graph without, for resources/needed_keys.json.

    python packaging/make_needed_keys.py LLAMA_CPP

Read from the sources: src/models/*.cpp, what load_arch_hparams asks for without a default and under no condition.
"""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path

TARGET = Path(__file__).parents[1] / "resources" / "needed_keys.json"
BODY = re.compile(r"^void llama_model_(\w+)::load_arch_hparams\([^)]*\) \{\n(.*?)^\}", re.DOTALL | re.MULTILINE)
# At the first level of a function, as a statement of its own
ASKS = re.compile(r"^ {4}ml\.(get_key|get_key_or_arr|get_arr)\((.*)\);", re.MULTILINE)
WITHOUT_DEFAULT = {"get_key": 2, "get_arr": 2, "get_key_or_arr": 3}  # arguments; the next one is `required`
PARENT = re.compile(r"struct llama_model_(\w+) : public llama_model_(?!base)(\w+)")
CASE = re.compile(r"case LLM_ARCH_(\w+):(?=(?:\s*case LLM_ARCH_\w+:)*\s*return new llama_model_(\w+)\()")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("llama_cpp", type=Path)
    source = parser.parse_args().llama_cpp / "src"
    names = (source / "llama-arch.cpp").read_text()
    graphs = dict(re.findall(r"\{ LLM_ARCH_(\w+),\s*\"([^\"]+)\"", names))
    keys = dict(re.findall(r"\{ (LLM_KV_\w+),\s*\"([^\"]+)\"", names))
    asked = {name: list(_asked(body)) for path in sorted(source.glob("models/*.cpp")) for name, body in _bodies(path)}
    parents = dict(PARENT.findall((source / "models" / "models.h").read_text()))
    found = {
        graphs[graph]: sorted(keys[key].replace("%s", "{arch}") for key in asked[_author(model, asked, parents)])
        for graph, model in CASE.findall((source / "llama-model.cpp").read_text())
        if graph in graphs
    }
    lines = ",\n".join(f"{json.dumps(graph)}: {json.dumps(needed)}" for graph, needed in sorted(found.items()))
    TARGET.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def _bodies(path: Path) -> list[tuple[str, str]]:
    return BODY.findall(path.read_text())


def _asked(body: str) -> Iterator[str]:
    for function, text in ASKS.findall(body):
        arguments = [argument.strip() for argument in text.split(",")]
        if arguments[WITHOUT_DEFAULT[function] :] in ([], ["true"]):
            yield arguments[0]


def _author(model: str, asked: dict[str, list[str]], parents: dict[str, str]) -> str:
    """The class whose function it is: its own, or the one that it is derived from."""
    return model if model in asked else _author(parents[model], asked, parents)


if __name__ == "__main__":
    main()

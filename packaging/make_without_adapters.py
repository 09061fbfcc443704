"""Find what llama.cpp multiplies without looking for an adapter, for resources/without_adapters.json.

    python packaging/make_without_adapters.py LLAMA_CPP

Read from the sources: in src/models/*.cpp the weights that go to ggml_mul_mat or ggml_get_rows themselves instead of
build_lora_mm, build_lora_mm_id and build_inp_embd. What a branch does that a model never takes counts, too.
`python -m tests.engines.adapters_swept` asks llama.cpp itself.
"""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path

TARGET = Path(__file__).parents[1] / "resources" / "without_adapters.json"
ALL_GRAPHS = "*"
BY_ITSELF = re.compile(r"\bggml_(?:mul_mat(?:_id)?|get_rows)\s*\(\s*ctx\w*\s*,\s*((?:[^,()]|\([^()]*\))+),")
MEMBER = re.compile(r"(?:layer|model|layers\[\w+\]|nextn)\.(\w+)\b(?!\s*[.\[])")
BASE = re.compile(r"llm_build_(\w+?)_base")
EMBEDDING = "LLM_TENSOR_TOKEN_EMBD"  # looked up by build_inp_embd; where it is the output as well it is refused anyway
ALIAS = re.compile(r"\b(\w+) = (?:layer|model|layers\[\w+\])\.(\w+)[,;]")
MADE = re.compile(r"(?:layer|nextn)?\.?\b(\w+)\s*=\s*create_tensor\(\s*tn\(\s*(LLM_TENSOR_\w+),\s*\"weight\"")
ABSORBED = re.compile(r"build_attn\([^;]*?\b(?:layer|layers\[\w+\])\.(wv_b)\b", re.DOTALL)  # v_mla: build_attn_mha
HELPER = re.compile(
    r"^(?:static )?ggml_tensor \* (?:\w+::)*(\w+)\([^;{]*\)(?: const)? \{\n(.*?)^\}", re.DOTALL | re.MULTILINE
)
PARAMETER = re.compile(r"\bggml_mul_mat\(ctx\w*, (?:proj_w|w|head_w),")  # what helpers call a weight
USES = re.compile(r"using (\w+)\s*=\s*llama_model_(\w+)::(\w+)")
CLASS = re.compile(r"^struct llama_model_(\w+) : public llama_model_(\w+) \{(.*?)^\};", re.DOTALL | re.MULTILINE)
CASE = re.compile(r"case LLM_ARCH_(\w+):(?=(?:\s*case LLM_ARCH_\w+:)*\s*return new llama_model_(\w+)\()")
FILE_OF = re.compile(r"^(?:void )?llama_model_(\w+)::(?:load_arch_tensors|build_arch_graph|\w+::\w+)\(", re.MULTILINE)
# src/llama-graph.cpp, build_pooling and build_dense_out
OF_ALL = ("cls.output.weight", "cls.weight", "dense_2.weight", "dense_3.weight")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("llama_cpp", type=Path)
    source = parser.parse_args().llama_cpp / "src"
    names = (source / "llama-arch.cpp").read_text()
    graphs = dict(re.findall(r"\{ LLM_ARCH_(\w+),\s*\"([^\"]+)\"", names))
    tensors = dict(re.findall(r"\{ (LLM_TENSOR_\w+),\s*\"([^\"]+)\"", names))
    texts = {path: path.read_text() for path in sorted(source.glob("models/*.cpp"))}
    shared = (source / "llama-model.cpp").read_text()
    files = {model: path for path, content in texts.items() for model in FILE_OF.findall(content)}
    classes = {
        name: (parent, body) for name, parent, body in CLASS.findall((source / "models" / "models.h").read_text())
    }
    found = {ALL_GRAPHS: sorted(OF_ALL)}
    for graph, model in CASE.findall(shared):
        authors = list(_authors(model, classes))
        bases = {name for author in authors for name in BASE.findall(classes.get(author, ("", ""))[1])}
        read = {texts[files[name]] for name in authors if name in files}
        read |= {
            texts[path] for name in bases if (path := source / "models" / f"{name.replace('_', '-')}-base.cpp") in texts
        }
        members = _members([*read, shared])
        direct = {member for content in read for member in _direct(content)}
        named = {tensors[t].replace("blk.%d.", "") + ".weight" for one in direct for t in members.get(one, ())}
        if graph in graphs and named:
            found[graphs[graph]] = sorted(named)
    lines = ",\n".join(f"{json.dumps(graph)}: {json.dumps(needed)}" for graph, needed in sorted(found.items()))
    TARGET.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def _members(texts: list[str]) -> dict[str, set[str]]:
    """Members of the model → the tensors that they are made of."""
    found: dict[str, set[str]] = {}
    for content in texts:
        for member, tensor in MADE.findall(content):
            if tensor != EMBEDDING:
                found.setdefault(member, set()).add(tensor)
    return found


def _direct(content: str) -> Iterator[str]:
    aliases: dict[str, set[str]] = {}
    for alias, member in ALIAS.findall(content):
        aliases.setdefault(alias, set()).add(member)
    multiplied = BY_ITSELF.findall(content)
    for helper, body in HELPER.findall(content):
        if PARAMETER.search(body):
            multiplied += re.findall(rf"\b{helper}\(([^;{{]*?)\);", content)
    for weights in multiplied:
        yield from MEMBER.findall(weights)
        for word in re.findall(r"(?<!\.)\b\w+\b", weights):
            yield from aliases.get(word, ())
    yield from ABSORBED.findall(content)


def _authors(model: str, classes: dict[str, tuple[str, str]]) -> Iterator[str]:
    """The class itself, those that it is derived from, and those whose graphs it uses."""
    yield model
    parent, body = classes.get(model, ("base", ""))
    if parent != "base":
        yield from _authors(parent, classes)
    for _, other, _ in USES.findall(body):
        if other != model:
            yield from _authors(other, classes)


if __name__ == "__main__":
    main()

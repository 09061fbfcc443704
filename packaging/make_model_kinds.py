"""Write resources/model_kinds.json: what kind of model each type is, and which architectures llama.cpp converts.

    python packaging/make_model_kinds.py LLAMA_CPP MLX_VLM

LLAMA_CPP is a checkout, MLX_VLM the unpacked wheel of mlx-vlm. Types are those of the installed transformers
(models/auto/modeling_auto.py), and those of mlx-vlm that it lacks (models/, with a vision.py or an audio.py).
"""

import argparse
import ast
import json
import re
from importlib.util import find_spec
from pathlib import Path

TARGET = Path(__file__).parents[1] / "resources" / "model_kinds.json"
# The first kind with a mapping that has the type is its kind
MAPPINGS = {
    "sees": r"IMAGE_TEXT_TO_TEXT|VISUAL_QUESTION|DOCUMENT_QUESTION|RETRIEVAL",
    "hears": r"SPEECH|CTC|RNNT|TDT|AUDIO|SPECTROGRAM|WAVEFORM|MULTIMODAL_LM",
    "rewrites": r"SEQ_TO_SEQ_CAUSAL_LM",
    "encodes": r"MASKED_LM|TEXT_ENCODING|NEXT_SENTENCE",
    "writes": r"CAUSAL_LM",
    "pictures": r"IMAGE|VIDEO|BACKBONE|MASK_GENERATION|DETECTION|SEGMENTATION|ESTIMATION|KEYPOINT|RECOGNITION",
    "series": r"TIME_SERIES",
}


def model_kinds(llama_cpp: Path, mlx_vlm: Path) -> dict[str, list[str]]:
    """Types by kind, and under "llama_cpp" architectures."""
    mappings = _mappings()
    kinds: dict[str, list[str]] = {}
    seen: set[str] = set()
    for kind, names in MAPPINGS.items():
        found = {one for name, types in mappings.items() if re.search(rf"_FOR_(\w*_)?({names})", name) for one in types}
        if kind == "hears":  # filed with T5 by transformers, which keeps no list of what hears
            found |= {one for types in mappings.values() for one in types if re.search("audio|music", one)}
        kinds[kind] = sorted(found - seen)
        seen |= found
    for kind, file in (("sees", "vision.py"), ("hears", "audio.py")):
        further = {path.parent.name for path in (mlx_vlm / "mlx_vlm" / "models").glob(f"*/{file}")}
        kinds[kind] = sorted({*kinds[kind], *(further - seen)})
        seen |= further
    return {**kinds, "llama_cpp": _converted(llama_cpp)}


def _mappings() -> dict[str, list[str]]:
    spec = find_spec("transformers")
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).parent / "models" / "auto" / "modeling_auto.py"
    return {
        statement.targets[0].id: [pair.elts[0].value for pair in pairs.elts if isinstance(pair, ast.Tuple)]
        for statement in ast.parse(source.read_text(encoding="utf-8")).body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and isinstance(statement.value, ast.Call)
        and statement.value.args
        and isinstance(pairs := statement.value.args[0], ast.List)
    }


def _converted(llama_cpp: Path) -> list[str]:
    tree = ast.parse((llama_cpp / "conversion" / "__init__.py").read_text(encoding="utf-8"))
    maps = {ast.unparse(one.target): one.value for one in tree.body if isinstance(one, ast.AnnAssign)}
    names = (ast.literal_eval(maps[name] or "") for name in ("TEXT_MODEL_MAP", "MMPROJ_MODEL_MAP"))
    return sorted(set().union(*names))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("llama_cpp", type=Path)
    parser.add_argument("mlx_vlm", type=Path)
    arguments = parser.parse_args()
    kinds = model_kinds(arguments.llama_cpp, arguments.mlx_vlm)
    rows = (f"{json.dumps(kind)}: {json.dumps(names)}" for kind, names in kinds.items())
    TARGET.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")

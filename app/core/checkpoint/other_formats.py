"""Weights in files that are not read here: what they are, and what makes a model folder of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from app.core.findings import Finding, blocker
from app.core.text import Text, text

TAKE_SAFETENSORS = text("Take the model in safetensors: a folder with config.json and model.safetensors.")
LOADED_BY_TRANSFORMERS = text(
    'Save it as safetensors: python -c "import sys, transformers; transformers.AutoModelForCausalLM.from_pretrained('
    "sys.argv[1]).save_pretrained(sys.argv[2])\" FOLDER NEW. Then copy the tokenizer's files and open that folder."
)
# What training leaves beside weights, and what macOS leaves beside files on other disks
NO_WEIGHTS = ("training_args.bin", "optimizer*", "scheduler.*", "scaler.*", "rng_state*", "._*")


@dataclass(frozen=True)
class Format:
    """Files whose names fit one of the `patterns`."""

    patterns: tuple[str, ...]
    kind: Text
    advice: Text

    def first_of(self, names: Sequence[str]) -> str | None:
        """The first file of this kind."""
        return next((name for name in names if _fits(name, self.patterns)), None)


def _fits(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name.lower(), pattern) for pattern in patterns)


# The first that fits is named: what is most of a model comes first
FORMATS = (
    Format(
        ("consolidated*.safetensors",),
        text("Mistral's own format"),
        text("Take the model in the Hugging Face layout, with config.json and model.safetensors; most have it beside."),
    ),
    Format(("*.gguf",), text("a GGUF file already"), text("Nothing needs to be converted: llama-cli -m opens it.")),
    Format(
        ("weights*.safetensors",),
        text("how MLX programs of 2023 named the weights"),
        text(
            "Rename the files so that their names begin with model, such as model.00.safetensors, and open the folder."
        ),
    ),
    Format(
        ("weights*.npz", "*.npz"),
        text("how MLX programs of 2023 saved weights"),
        text(
            "Save it as safetensors, in the folder: python -c 'import mlx.core as mx; "
            'mx.save_safetensors("model.safetensors", mx.load("weights.npz"))\''
        ),
    ),
    Format(("pytorch_model*.bin",), text("PyTorch's format"), LOADED_BY_TRANSFORMERS),
    Format(("consolidated*.pth",), text("Meta's own format"), TAKE_SAFETENSORS),
    Format(
        ("diffusion_pytorch_model*", "model_index.json"), text("part of a model that makes pictures"), TAKE_SAFETENSORS
    ),
    Format(
        ("*.safetensors",),
        text("safetensors under another name than model*.safetensors, which mlx-lm would not load either"),
        text("If it is the whole model, rename it to model.safetensors and open the folder again."),
    ),
    Format(("*.pth", "*.pt", "*.ckpt", "*.bin"), text("another program's format"), TAKE_SAFETENSORS),
    Format(("*.msgpack",), text("the format of Flax"), TAKE_SAFETENSORS),
    Format(("*.h5", "*.keras", "saved_model.pb", "*.tflite"), text("the format of TensorFlow"), TAKE_SAFETENSORS),
    Format(("*.onnx", "*.onnx_data"), text("the format of ONNX"), TAKE_SAFETENSORS),
    Format(("*.mlmodel", "*.mlpackage", "*.mlmodelc"), text("the format of Core ML"), TAKE_SAFETENSORS),
    Format(
        ("*.zip", "*.tar", "*.tar.gz", "*.tgz", "*.7z"),
        text("an archive"),
        text("Unpack it first, then choose the folder that comes out."),
    ),
    Format(
        (".*.icloud", "*.incomplete", "*.part", "*.crdownload", "*.download", "*.aria2"),
        text("a file that is not, or not wholly, on this computer"),
        text("Finish the download first: in Finder, choose Download Now; with hf download, run it again."),
    ),
)


def format_of(names: Sequence[str]) -> tuple[str, Format] | None:
    """The file that tells most of what `names` hold, and what it is."""
    weights = [name for name in names if not _fits(name, NO_WEIGHTS)]
    for one in FORMATS:
        name = one.first_of(weights)
        if name is not None:
            return name, one
    return None


def find_other_format(names: Sequence[str]) -> Finding | None:
    """What a folder holds in the place of model.safetensors; `names` are its files, sorted."""
    found = format_of(names)
    if found is None:
        return None
    name, one = found
    return blocker(
        "no-weights",
        text("There is no model.safetensors in this folder. It holds {file}: {kind}.", file=name, kind=one.kind),
        text("MLX Ferry does not read it, so there is nothing to convert."),
        one.advice,
        name,
    )

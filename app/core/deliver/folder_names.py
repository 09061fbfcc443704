"""What LM Studio calls the two folders that a file lies in: names that lead nowhere else."""

import re

from gguf import LlamaFileType

# lms src/subcommands/importCmd.ts (05bced0), isValidFolderName: no such signs, at most 100, no point or space at an end
UNWANTED = re.compile(r'[/<>:"\\|?*]')
MOST_SIGNS, MOST_BYTES = 100, 255  # the second is what a Mac's disk takes
UNNAMED = "model"
TYPES = "|".join(kind.name.removeprefix("MOSTLY_").removeprefix("ALL_") for kind in LlamaFileType)
TYPE = re.compile(rf"[-.]({TYPES}|BF16|AUTO|LOSSLESS)$", re.IGNORECASE)
PART = re.compile(r"-(\d{5})-of-(\d{5})$", re.ASCII)  # llama.cpp src/llama.cpp, llama_split_path


def safe_name(wanted: str) -> str:
    """A folder's name made of any text: one that LM Studio takes, and that means no other folder."""
    signs = (sign if sign.isprintable() else "-" for sign in UNWANTED.sub("-", wanted))
    name = "".join(signs)[:MOST_SIGNS].encode("utf-8", "ignore")[:MOST_BYTES].decode("utf-8", "ignore")
    return name.strip(". ") or UNNAMED


def model_name(stem: str) -> str:
    """'my-model-Q4_K_M' → 'my-model': files of one model that differ in their type share a folder."""
    return TYPE.sub("", PART.sub("", stem)) or stem

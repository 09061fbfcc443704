"""The ids that a tokenizer.json gives for a text. Its regular expressions may be made to run for ever."""

import os
from typing import Any

from app.core.sandbox.failures import UNUSABLE


def encode(request: dict[str, Any], data: bytes) -> dict[str, Any]:
    """`ids` of `request["text"]` as the tokenizer gives them, `bare_ids` without the tokens put around a text."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_buffer(data)
        text = request["text"]
        return {"ids": tokenizer.encode(text).ids, "bare_ids": tokenizer.encode(text, add_special_tokens=False).ids}
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - a panic in Rust is no Exception, and this process ends anyway
        return {"failure": UNUSABLE, "details": f"{error!s:.300}"}

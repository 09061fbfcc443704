"""What the child process said of a template or a tokenizer before: it would say the same again.

A child takes a tenth of a second, and nearly all tests read the same vocabulary.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import pytest

from app.core.sandbox import SandboxError, run_in_sandbox

ASKING = (
    "app.core.tokenizer.template_check",
    "app.core.tokenizer.pre_tokenizer",
    "app.core.verify.vocabulary.compared_conversations",
    "app.core.verify.vocabulary.folder_tokens",
)


@contextmanager
def remembered_children(*modules: str, with_errors: bool = False) -> Iterator[None]:
    """Each question of these modules, or of ASKING, is asked once. `with_errors`: one that got no answer, too."""
    known: dict[str, dict[str, Any] | SandboxError] = {}

    def remembered(task: str, request: dict[str, Any], data: bytes = b"", **limits: Any) -> dict[str, Any]:
        key = json.dumps([task, request, sha256(data).hexdigest()])
        if key not in known:
            try:
                known[key] = run_in_sandbox(task, request, data, **limits)
            except SandboxError as error:
                if not with_errors:
                    raise
                known[key] = error
        if isinstance(answer := known[key], SandboxError):
            raise answer
        return answer

    with pytest.MonkeyPatch.context() as patch:
        for module in modules or ASKING:
            patch.setattr(f"{module}.run_in_sandbox", remembered)
        yield

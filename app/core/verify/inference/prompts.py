"""The prompts that both engines answer: questions through the folder's chat template, or texts to be continued."""

from dataclasses import dataclass

from app.core.checkpoint import Checkpoint
from app.core.sandbox import SandboxError
from app.core.tokenizer.template_check import rendered
from app.core.verify.vocabulary.folder_ids import folder_ids
from app.core.verify.vocabulary.folder_tokens import Ids

QUESTIONS = (
    "Why is the sky blue? Answer in two sentences.",
    "用一句话介绍一下北京。",
    "Write a Python function that reverses a string.",
)
BEGINNINGS = ("The sky is blue because", "北京是", "def reverse(text: str) -> str:\n")
SECONDS = 10.0


@dataclass(frozen=True)
class Prompt:
    """What a person would type, and the ids that a model is given for it."""

    text: str
    ids: Ids


def prompts_for(checkpoint: Checkpoint, longest: int) -> tuple[Prompt, ...]:
    """Of at most `longest` tokens each. Raises NoComparisonError."""
    written = _conversations(checkpoint)
    if written is not None:
        # a template writes itself what begins a text
        found = [one.bare for one in folder_ids(checkpoint, written)]
        if all(0 < len(ids) <= longest for ids in found):
            return tuple(map(Prompt, QUESTIONS, found))
    encoded = folder_ids(checkpoint, BEGINNINGS)
    return tuple(Prompt(said, (*one.before, *one.bare)) for said, one in zip(BEGINNINGS, encoded, strict=True))


def _conversations(checkpoint: Checkpoint) -> list[str] | None:
    """None without a chat template that can be used."""
    template = checkpoint.tokenizer.chat_template
    if template is None:
        return None
    try:
        return [
            rendered(template, checkpoint, [{"role": "user", "content": question}], SECONDS) for question in QUESTIONS
        ]
    except SandboxError:
        return None

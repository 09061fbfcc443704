"""general.name: a few names make llama.cpp treat the special tokens of a file in another way."""

import re
from dataclasses import dataclass

from app.core.errors import PlanError
from app.core.findings import Finding, info, warning
from app.core.remedies import ChooseName
from app.core.text import text
from app.core.tokenizer import Vocabulary

LONGEST_NAME = 200  # characters; it becomes part of a file's name


@dataclass(frozen=True)
class NameRule:
    """llama.cpp takes away the space beside special tokens of a model whose name matches.

    Without the `needed` tokens it does not load such a file. The rule is right for a vocabulary whose own tokenizer
    takes away the space beside `witness`.
    """

    model: str
    pattern: re.Pattern[str]
    needed: tuple[str, ...]
    witness: str


# llama.cpp src/llama-vocab.cpp, at the end of llama_vocab::impl::load; it compares in lower case
RULES = (
    NameRule("Phi-3", re.compile("(phi)-?(3)", re.IGNORECASE), ("</s>", "<unk>", "<s>", "<|endoftext|>"), "</s>"),
    NameRule("ModernBERT", re.compile("(modern)-(bert)", re.IGNORECASE), (), "[MASK]"),
)


def parse_name(written: str) -> str:
    """A name that a person gives a model. Raises PlanError."""
    if not written.strip() or not written.isprintable() or len(written) > LONGEST_NAME:
        raise PlanError(
            text("{name!r} cannot be a model's name.", name=written),
            text("A name is one line of at most {count} printable characters.", count=LONGEST_NAME),
        )
    return written.strip()


def fitting_name(name: str, vocabulary: Vocabulary | None) -> str:
    """`name`, changed where it would make llama.cpp apply a rule that is not the vocabulary's, once that is known."""
    for rule in RULES:
        if vocabulary is not None and not _fits(rule, vocabulary):
            name = rule.pattern.sub(r"\1 \2", name)
    return name


def name_findings(wanted: str, vocabulary: Vocabulary) -> tuple[Finding, ...]:
    """About a name that had to be changed, and one that leaves a rule out that the vocabulary needs."""
    found = []
    for rule in RULES:
        if rule.pattern.search(wanted) and not _fits(rule, vocabulary):
            found.append(_changed(wanted, fitting_name(wanted, vocabulary), rule))
        elif rule.needed and _fits(rule, vocabulary) and not rule.pattern.search(wanted):
            found.append(_lacks(wanted, rule))
    return tuple(found)


def _fits(rule: NameRule, vocabulary: Vocabulary) -> bool:
    return rule.witness in vocabulary.space_takers and set(rule.needed) <= set(vocabulary.tokens)


def _changed(wanted: str, written: str, rule: NameRule) -> Finding:
    return info(
        "name-changed",
        text("The model's name is written as {written!r}, not as {wanted!r}.", written=written, wanted=wanted),
        text("llama.cpp expects the special tokens of {model} in a model whose name contains that.", model=rule.model),
        text("Give the model another name if you do not like this one."),
        remedies=(ChooseName(),),
    )


def _lacks(wanted: str, rule: NameRule) -> Finding:
    return warning(
        "name-without-rule",
        text(
            "This is {model}'s tokenizer, which strips the space after special tokens; llama.cpp does so "
            "only if the model's name contains {model}.",
            model=rule.model,
        ),
        text("With the name {name!r}, a chat is tokenized slightly differently than in training.", name=wanted),
        text("Give the model a name that contains {model}.", model=rule.model),
        remedies=(ChooseName(_with_model(wanted, rule)),),
    )


def _with_model(wanted: str, rule: NameRule) -> str:
    """As much of the name as `parse_name` takes, and what the rule looks for."""
    begin = "".join(sign for sign in wanted if sign.isprintable()).strip()
    ending = f"-{rule.model}"
    return f"{begin[: LONGEST_NAME - len(ending)]}{ending}"

"""A tokenizer that puts an end after every text: right for embeddings, and for a model that writes a trap."""

from collections.abc import Mapping

from app.core.checkpoint import Checkpoint
from app.core.checkpoint.purpose import Task
from app.core.findings import Finding, warning
from app.core.text import text


def end_after_text(checkpoint: Checkpoint, add_tokens: Mapping[str, bool], end: str) -> tuple[Finding, ...]:
    """A warning where llama.cpp will add the end; none for an embedding model, which looks at that token.

    A prompt then ends with it, that of a chat too: llama.cpp tokenizes what a template made as any other text
    (tools/server/server-common.cpp, tokenize_input_prompts).
    """
    if not add_tokens.get("eos") or _only_reads(checkpoint):
        return ()
    said = checkpoint.tokenizer.tokenizer_config.get("add_eos_token") is True
    return (
        warning(
            "end-after-text",
            text("This tokenizer puts {token!r:.60} after every text, and llama.cpp will do so too.", token=end),
            text("The answer would then begin after an end: it may be empty, or have nothing to do with the question."),
            text(
                "Unless this model was trained so, set add_eos_token to false in tokenizer_config.json "
                "and take the token out of post_processor in tokenizer.json."
            )
            if said
            else text("Unless this model was trained so, take the token out of post_processor in tokenizer.json."),
            "tokenizer_config.json" if said else "tokenizer.json",
        ),
    )


def _only_reads(checkpoint: Checkpoint) -> bool:
    """Whether the folder or its model card says that the model embeds, ranks or classifies texts."""
    reads = checkpoint.purpose.task is not Task.TEXT
    return reads or checkpoint.model_card.get("pipeline_tag") == "text-classification"

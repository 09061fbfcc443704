"""What a model that is not for conversation is for, how to run it, and what the folder leaves open about it."""

from app.core.checkpoint.purpose import Purpose, Task
from app.core.checkpoint.sentence_modules import Pooling
from app.core.findings import Finding, info, warning
from app.core.model.identify import Model
from app.core.model.modules import left_out
from app.core.text import text

POOLED = {
    Pooling.MEAN: text("the mean of all tokens (pooling type mean)"),
    Pooling.CLS: text("that of the first token (pooling type cls)"),
    Pooling.LAST: text("that of the last token (pooling type last)"),
}


def task_findings(model: Model, task: Task) -> tuple[Finding, ...]:
    """Nothing for a model that continues texts, and says nothing else."""
    assert model.family is not None
    purpose = model.checkpoint.purpose
    if task is Task.RERANKING:
        return (_reranker(purpose),)
    if purpose.task is Task.RERANKING:
        return (_not_ranked(purpose),)
    if task is Task.TEXT:
        return ()
    missing = left_out(model.checkpoint, model.family)
    return (_embedding(purpose), *((_without_dense(missing, model.family.name),) if missing else ()))


def _embedding(purpose: Purpose) -> Finding:
    if purpose.modules.other_pooling:
        return _impossible(purpose.modules.other_pooling)
    if purpose.pooling is None:
        return _open()
    pooled = POOLED[purpose.pooling]
    return info(
        "embedding-model",
        text("This is an embedding model: it turns a text into a vector."),
        text(
            "The vector is {pooled}, as in {model}, which {source} names.",
            pooled=pooled,
            model=purpose.known_model,
            source=purpose.said_by,
        )
        if purpose.known_model
        else text("The vector is {pooled}, as {source} says.", pooled=pooled, source=purpose.said_by),
        text("Try it with llama-embedding or llama-server --embedding; llama-cli is for models that write text."),
    )


def _impossible(pooling: str) -> Finding:
    return warning(
        "unsupported-pooling",
        text("This embedding model makes its vector from all tokens by {pooling}.", pooling=pooling),
        text("llama.cpp has no such pooling: with this file it gives a vector for each token."),
        text("Pool the vectors in your own program."),
    )


def _open() -> Finding:
    return warning(
        "unknown-pooling",
        text("This is an embedding model, but the folder does not say how it makes one vector from all tokens."),
        text("Without a pooling type in the file, llama.cpp gives a vector for each token."),
        text(
            "Copy modules.json and the folder 1_Pooling from the published model, or run llama-embedding or "
            "llama-server --embedding with --pooling last, mean or cls, as the model card says."
        ),
    )


def _without_dense(paths: tuple[str, ...], family: str) -> Finding:
    return warning(
        "dense-left-out",
        text("The dense layers in {folders} are not in the file.", folders=", ".join(paths)),
        text(
            "They change the vector after pooling. llama.cpp's {family} has no place for them, or they are not plain "
            "matrices. The file's vectors will differ from the published model's.",
            family=family,
        ),
        text("Do not compare the file's vectors with the published model's."),
        paths[0],
    )


def _reranker(purpose: Purpose) -> Finding:
    return info(
        "reranker",
        text("This is a reranker ({source}): it scores how well a document answers a query.", source=purpose.said_by),
        text("The file computes the scores of yes and no, and no other tokens: it cannot chat."),
        text("Try it with llama-server --reranking, which answers at /v1/rerank."),
    )


def _not_ranked(purpose: Purpose) -> Finding:
    return warning(
        "reranker-as-text",
        text("This seems to be a reranker ({source}).", source=purpose.said_by),
        text(
            "llama.cpp computes scores for Qwen 3's rerankers, which answer yes or no, but not for this one. "
            "The file continues a text, as mlx-lm does."
        ),
        text("llama-server --reranking will not work. Send the prompt from its model card to llama-server instead."),
    )

"""A reranker's matrix: the rows of the head for its two answers, in the place of the whole head."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from gguf import MODEL_TENSOR, TENSOR_NAMES

from app.core.architectures.ops import Change, Pick, Rows
from app.core.checkpoint.purpose import Task
from app.core.model.identify import Model
from app.core.plan.types.tensor_types import Draft
from app.core.text import text
from app.core.tokenizer import Vocabulary

SCORES = TENSOR_NAMES[MODEL_TENSOR.CLS_OUT] + ".weight"
HEAD, EMBEDDING = (TENSOR_NAMES[one] + ".weight" for one in (MODEL_TENSOR.OUTPUT, MODEL_TENSOR.TOKEN_EMBD))
ANSWERS = ("yes", "no")  # llama.cpp conversion/qwen.py, Qwen3Model: rows and labels in this order
# In the same place; llama.cpp tools/server/server-common.cpp, format_prompt_rerank, fills it in
PROMPT = (
    "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct "
    'provided. Note that the answer can only be "yes" or "no".<|im_end|>\n'
    "<|im_start|>user\n<Instruct>: Given a web search query, retrieve relevant passages that answer the query\n"
    "<Query>: {query}\n<Document>: {document}<|im_end|>\n"
    "<|im_start|>assistant\n<think>\n\n</think>\n\n"
)


def task_of(model: Model, vocabulary: Vocabulary | None) -> Task:
    """What the file will be for: a reranker of another kind can only go on with texts."""
    assert model.family is not None
    purpose = model.checkpoint.purpose
    if model.family.embeds:
        return Task.EMBEDDING
    if purpose.task is not Task.RERANKING:
        return purpose.task
    ranks = model.family.ranks and purpose.names_qwen_reranker and has_answers(vocabulary)
    return Task.RERANKING if ranks else Task.TEXT


def has_answers(vocabulary: Vocabulary | None) -> bool:
    """Whether both answers are tokens; taken for granted as long as the vocabulary is not there."""
    return vocabulary is None or set(ANSWERS) <= set(vocabulary.tokens)


def with_prompt(vocabulary: Vocabulary) -> Vocabulary:
    """The vocabulary of a reranker, which also says how query and document become one text."""
    return replace(vocabulary, named_templates={"rerank": PROMPT, **vocabulary.named_templates})


def with_scores(made: Iterable[Draft], vocabulary: Vocabulary | None) -> Iterator[Draft]:
    """The drafts of a reranker; what stands for the head is left out once the two rows are taken from it."""
    drafts = {draft.name: draft for draft in made}
    source = drafts.pop(HEAD, None) or drafts.get(EMBEDDING)
    if source is not None and vocabulary is not None:
        picks = tuple(Pick((1,), offset=vocabulary.tokens.index(answer)) for answer in ANSWERS)
        change = Change(Rows(picks, text("rows of yes and no")))
        yield replace(source, name=SCORES, key=SCORES, shape=(len(ANSWERS), *source.shape[1:]), change=change)
    yield from drafts.values()

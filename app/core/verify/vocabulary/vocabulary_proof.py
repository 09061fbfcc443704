"""prove_vocabulary: llama.cpp with a file reads texts, writes chats and ends as the folder's own tokenizer does."""

from pathlib import Path

from app.core.plan.prepared import Prepared
from app.core.progress import IsCancelled, Meter, OnProgress, Stage, Unit, ignore_progress, never_cancelled
from app.core.text import Text
from app.core.tokenizer import Vocabulary
from app.core.verify.engines import EngineKind, EngineProcess
from app.core.verify.results.no_comparison import NoComparisonError
from app.core.verify.results.report import VocabularyProof
from app.core.verify.vocabulary.compared_conversations import Ends, compare_conversations
from app.core.verify.vocabulary.compared_ends import compare_ends
from app.core.verify.vocabulary.compared_texts import NOTHING_TO_COMPARE, PROBE, ComparedTexts, Sides, compare_texts
from app.core.verify.vocabulary.compared_tokens import compare_tokens
from app.core.verify.vocabulary.folder_tokens import FolderTokenizer
from app.core.verify.vocabulary.own_text import own_passages
from app.core.verify.vocabulary.texts import TEXTS, with_special_tokens

STEPS = 4


def prove_vocabulary(
    prepared: Prepared,
    file: Path,
    *,
    text: Path | None = None,
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
) -> VocabularyProof:
    """Compare a finished file with the folder it was made from, in 5 s for a vocabulary of 262,144 tokens.

    `text`: a text that is compared too, as far as its first 256 KB. Raises EngineError where llama.cpp gives no
    answer, PlanError, Cancelled.
    """
    vocabulary, checkpoint = prepared.vocabulary, prepared.model.checkpoint
    if vocabulary is None or not vocabulary.tokens:
        return VocabularyProof((), (), (), (), notes=(NOTHING_TO_COMPARE,))
    meter = Meter(Stage.PROVE_VOCABULARY, STEPS, on_progress, is_cancelled, unit=Unit.STEPS)
    passages, notes = own_passages(text) if text else ([], ())
    with EngineProcess(EngineKind.LLAMA_CPP, is_cancelled=is_cancelled) as llama_cpp:
        llama_cpp.ask("open", path=str(file))
        loaded = llama_cpp.ask("vocabulary")
        names, template = loaded["tokens"], loaded["template"]
        meter.advance(1, file.name)
        ends = compare_ends(checkpoint, vocabulary, llama_cpp.ask("ends")["ids"], names)
        meter.advance(1, checkpoint.tokenizer.main_name)
        texts, token_problems = _compare_texts(prepared, vocabulary, llama_cpp, passages, names)
        meter.advance(1, checkpoint.tokenizer.main_name)
    with EngineProcess(EngineKind.LLAMA_CPP, is_cancelled=is_cancelled) as llama_cpp:
        before, after = ("".join(names[i] for i in ids) for ids in texts.around)
        chats = compare_conversations(checkpoint, file, template, Ends(before, after), llama_cpp)
    meter.advance(1, checkpoint.tokenizer.chat_template_source)
    return VocabularyProof(
        texts=texts.texts,
        conversations=chats.conversations,
        ends_by_folder=ends.by_folder,
        ends_by_file=ends.by_file,
        notes=(*notes, *texts.notes, *chats.notes, *ends.notes),
        problems=(*token_problems, *texts.problems, *chats.problems, *ends.problems),
    )


def _compare_texts(
    prepared: Prepared, vocabulary: Vocabulary, llama_cpp: EngineProcess, passages: list[str], names: list[str]
) -> tuple[ComparedTexts, tuple[Text, ...]]:
    """Where no library reads the folder's tokenizer, the file has at least to hold what MLX Ferry read."""
    checkpoint = prepared.model.checkpoint
    try:
        tokenizer = FolderTokenizer(checkpoint)
        special = with_special_tokens(tokenizer.special_tokens(vocabulary.row_count))
        texts = list(dict.fromkeys([PROBE, *TEXTS, *special, *passages]))
        by_folder = tokenizer.tokenize(texts, with_list=True)
        sides = Sides(tokenizer, llama_cpp, vocabulary, checkpoint.tokenizer.tokenizer_config, names)
        compared = compare_texts(sides, texts, by_folder)
    except NoComparisonError as error:
        return ComparedTexts(notes=(error.reason,)), compare_tokens(vocabulary.tokens, names, vocabulary)
    return compared, compare_tokens(by_folder.tokens or vocabulary.tokens, names, vocabulary)

"""The sample model's tokenizer: a small SentencePiece BPE in the shape of Gemma 3's, in both kinds of files.

Layout: https://huggingface.co/google/gemma-3-1b-it (tokenizer.model, tokenizer.json, tokenizer_config.json)
"""

import io
import json
from pathlib import Path
from string import ascii_letters, digits, punctuation
from typing import NamedTuple

import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as sentencepiece_proto
from tokenizers import Tokenizer

VOCAB_SIZE = 896
SPACE = "\u2581"
PAD, EOS, BOS, UNK, MASK = "<pad>", "<eos>", "<bos>", "<unk>", "<mask>"
START_OF_TURN, END_OF_TURN = "<start_of_turn>", "<end_of_turn>"
LONGEST_RUN = 4
# Ids follow this order. As in Gemma 3, the turn tokens are user-defined for SentencePiece and special for Hugging Face.
FIXED_SYMBOLS = [PAD, EOS, BOS, UNK]
USER_SYMBOLS = [
    *(MASK, START_OF_TURN, END_OF_TURN),
    *("\n" * length for length in range(1, LONGEST_RUN + 1)),
    *(SPACE * length for length in range(2, LONGEST_RUN + 1)),
    "\t",
]
SPECIAL_TOKENS = {*FIXED_SYMBOLS, START_OF_TURN, END_OF_TURN}

# Gemma 3's template without images: a system message goes in front of the first user turn.
CHAT_TEMPLATE = """\
{{ bos_token }}
{%- set prefix = messages[0]['content'] + '\\n\\n' if messages[0]['role'] == 'system' else '' -%}
{%- set turns = messages[1:] if prefix else messages -%}
{%- for message in turns -%}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
        {{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}
    {%- endif -%}
    {%- set role = 'model' if message['role'] == 'assistant' else message['role'] -%}
    {{ '<start_of_turn>' + role + '\\n' + (prefix if loop.first else '') }}
    {{- message['content'] | trim }}
    {{- '<end_of_turn>\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{ '<start_of_turn>model\\n' }}
{%- endif -%}
"""


class Piece(NamedTuple):
    """One entry of the SentencePiece vocabulary; its place in the list is its id."""

    text: str
    score: float


def write_published_tokenizer(folder: Path, sentences: list[str]) -> None:
    """Train on the sentences and write the tokenizer files as Google publishes them."""
    model = train_sentencepiece(sentences)
    pieces = [Piece(p.piece, p.score) for p in sentencepiece_proto.ModelProto.FromString(model).pieces]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.model").write_bytes(model)
    write_json(folder / "tokenizer.json", tokenizer_json(pieces))
    write_json(folder / "tokenizer_config.json", published_config(pieces))


def train_sentencepiece(sentences: list[str]) -> bytes:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences),
        model_writer=model,
        model_type="bpe",
        vocab_size=VOCAB_SIZE,
        **{f"{name}_id": place for place, name in enumerate(("pad", "eos", "bos", "unk"))},
        **{f"{name}_piece": piece for name, piece in zip(("pad", "eos", "bos", "unk"), FIXED_SYMBOLS, strict=True)},
        user_defined_symbols=USER_SYMBOLS,
        required_chars=ascii_letters + digits + punctuation,
        byte_fallback=True,
        split_digits=True,
        allow_whitespace_only_pieces=True,
        character_coverage=1.0,
        normalization_rule_name="identity",
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        num_threads=1,
        minloglevel=1,
    )
    return model.getvalue()


def merges_by_score(pieces: list[Piece]) -> list[list[str]]:
    """Every split of a piece into two pieces, best score first.

    The order of equal scores matters for the runs of spaces and newlines, which all have score 0: long ones first.
    Rule: transformers, generate_merges in tokenization_utils_base.py.
    """
    known = {piece.text for piece in pieces}
    merges = [
        (piece.score, left, right)
        for piece in pieces
        for left, right in ((piece.text[:cut], piece.text[cut:]) for cut in range(1, len(piece.text)))
        if left in known and right in known
    ]
    merges.sort(key=lambda merge: (merge[0], len(merge[1]), len(merge[2])), reverse=True)
    return [[left, right] for _, left, right in merges]


def tokenizer_json(pieces: list[Piece]) -> dict:
    bos = {"SpecialToken": {"id": BOS, "type_id": 0}}
    first, second = ({"Sequence": {"id": name, "type_id": place}} for place, name in enumerate("AB"))
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": token_id, **token} for token_id, token in added_tokens(pieces).items()],
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": SPACE},
        "pre_tokenizer": {
            "type": "Split",
            "pattern": {"String": " "},
            "behavior": "MergedWithPrevious",
            "invert": False,
        },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [bos, first],
            "pair": [bos, first, {"SpecialToken": {"id": BOS, "type_id": 1}}, second],
            "special_tokens": {BOS: {"id": BOS, "ids": [FIXED_SYMBOLS.index(BOS)], "tokens": [BOS]}},
        },
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": SPACE}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
            ],
        },
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": UNK,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": True,
            "byte_fallback": True,
            "ignore_merges": False,
            "vocab": {piece.text: token_id for token_id, piece in enumerate(pieces)},
            "merges": merges_by_score(pieces),
        },
    }


def added_tokens(pieces: list[Piece]) -> dict[int, dict]:
    added = {*FIXED_SYMBOLS, *USER_SYMBOLS}
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {
        token_id: {"content": piece.text, **flags, "special": piece.text in SPECIAL_TOKENS}
        for token_id, piece in enumerate(pieces)
        if piece.text in added
    }


def published_config(pieces: list[Piece]) -> dict:
    return {
        "add_bos_token": True,
        "add_eos_token": False,
        "added_tokens_decoder": {str(token_id): token for token_id, token in added_tokens(pieces).items()},
        "bos_token": BOS,
        "chat_template": CHAT_TEMPLATE,
        "clean_up_tokenization_spaces": False,
        "eos_token": EOS,
        "model_max_length": 2048,
        "pad_token": PAD,
        "padding_side": "left",
        "sp_model_kwargs": None,
        "spaces_between_special_tokens": False,
        "tokenizer_class": "GemmaTokenizer",
        "unk_token": UNK,
        "use_default_system_prompt": False,
    }


def write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def check_same_ids(published: Path, saved: Path, texts: list[str]) -> None:
    """Stop if SentencePiece and the tokenizer.json that goes into the sample cut any text differently."""
    reference = sentencepiece.SentencePieceProcessor(model_file=str(published / "tokenizer.model"))
    tokenizer = Tokenizer.from_file(str(saved / "tokenizer.json"))
    for text in texts:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        assert ids == reference.encode(text), f"different token ids for {text!r}"
        assert tokenizer.decode(ids, skip_special_tokens=False) == text, f"text not restored: {text!r}"

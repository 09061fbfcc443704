"""What is handed on between identifying a folder and planning its file."""

from dataclasses import replace
from unittest.mock import Mock

from app.core.checkpoint import open_checkpoint
from app.core.convert.prepare import vocabulary_of
from app.core.known_vocabulary import KnownVocabulary
from app.core.model.identify import identify


def test_the_vocabulary_is_read_with_what_the_model_type_says(monkeypatch, tied_folder):
    model = identify(open_checkpoint(tied_folder))
    assert model.family is not None
    own = KnownVocabulary(roles={"eot": "<end>"})
    vocabularies = {"another": KnownVocabulary("gpt-2"), str(model.checkpoint.model_type): own}
    read = Mock()
    monkeypatch.setitem(vocabulary_of.__globals__, "read_vocabulary", read)
    vocabulary_of(replace(model, family=replace(model.family, vocabularies=vocabularies)), "choice")
    read.assert_called_once_with(model.checkpoint, model.vocabulary_rows, own, "choice")

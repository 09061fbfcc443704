"""The tokenizer card on the real engine: facts, the rendered template, a text and its tokens."""

import pytest
from tokenizers import Tokenizer

from app.ui.page.detail import Detail
from tests.core.tokenizer.word_list import save_word_list
from tests.ui.driving import DEADLINE, go_to, leads_to, opened


def card_of(qtbot, window, folder):
    """On its page, where a person finds it."""
    opened(qtbot, window, folder)
    go_to(window, Detail.TOKENIZER)
    assert window.workbench.page.tokenizer.isVisible()
    return window.workbench.page.tokenizer


def texts(card):
    return "\n".join(text.text() for _, text in card._facts.rows)


def test_it_tells_kind_counts_and_special_tokens(qtbot, window, tied_folder):
    card = card_of(qtbot, window, tied_folder)
    shown = texts(card)
    assert "SentencePiece (llama)" in shown
    assert "896 rows" in shown
    assert "bos <bos>" in shown
    assert "eos <eos>" in shown


def test_the_rendered_template_can_be_shown(qtbot, window, copied_folder):
    card = card_of(qtbot, window, copied_folder)
    assert not card._template.isVisible()
    card._toggle.click()
    assert card._template.isVisible(), [finding.what for finding in window.workbench.session.plan.findings]
    assert "<start_of_turn>" in card._template.toPlainText()


def test_without_a_vocabulary_no_page_has_it(qtbot, window, tied_folder, copy_folder):
    folder = copy_folder(tied_folder)
    (folder / "tokenizer.json").unlink()
    opened(qtbot, window, folder)
    assert not leads_to(window, Detail.TOKENIZER)


@pytest.mark.parametrize("text", ["What is GGUF?", "  two spaces", "Ünïcode 🙂"])
def test_a_text_is_shown_as_the_tokens_that_the_tokenizer_gives(qtbot, window, tied_folder, text):
    card = card_of(qtbot, window, tied_folder)
    with qtbot.waitSignal(window.workbench.session.trying.tried, timeout=DEADLINE):
        card.text.setText(text)
    encoded = Tokenizer.from_file(str(tied_folder / "tokenizer.json")).encode(text)
    assert card.tokens.text().startswith(f"{len(encoded.ids)} tokens: ")
    assert "  ·  ".join(encoded.tokens) in card.tokens.text()
    card.text.clear()
    assert not card.tokens.isVisible()


def test_of_several_texts_the_last_one_counts(qtbot, window, tied_folder):
    card = card_of(qtbot, window, tied_folder)
    card.text.setText("one two three")
    window.workbench.session.trying.try_text("one")
    window.workbench.session.trying.try_text("one two three")
    qtbot.waitUntil(lambda: card.tokens.text() != "" and window.workbench.session.trying.job is None, timeout=DEADLINE)
    expected = Tokenizer.from_file(str(tied_folder / "tokenizer.json")).encode("one two three")
    assert card.tokens.text().startswith(f"{len(expected.ids)} tokens")


def test_the_end_waits_for_a_text_that_is_tried_and_begins_no_other(qtbot, window, copied_folder):
    session = opened(qtbot, window, copied_folder).workbench.session
    session.trying.try_text("one")
    session.trying.try_text("two")
    running = session.trying.job
    qtbot.waitUntil(running._worker.isRunning)
    with qtbot.waitSignal(running.ended, timeout=DEADLINE):
        session.shut_down()
    assert session.trying.job is None


def test_a_folder_that_is_gone_says_so(qtbot, window, copied_folder, copy_folder):
    folder = copy_folder(copied_folder)
    card = card_of(qtbot, window, folder)
    (folder / "tokenizer.json").unlink()
    with qtbot.waitSignal(window.workbench.session.trying.tried, timeout=DEADLINE):
        card.text.setText("text")
    assert "tokenizer.json cannot tokenize" in card.tokens.text()


def test_of_plamo_it_tells_the_kind_and_that_no_text_can_be_tried(qtbot, window, tied_folder, copy_folder):
    folder = copy_folder(tied_folder)
    (folder / "tokenizer.json").unlink()
    save_word_list(folder)
    card = card_of(qtbot, window, folder)
    assert "PLaMo's unigram (plamo2)" in texts(card)
    with qtbot.waitSignal(window.workbench.session.trying.tried, timeout=DEADLINE):
        card.text.setText("text")
    assert card.tokens.text().startswith("Texts cannot be tried with tokenizer.jsonl")

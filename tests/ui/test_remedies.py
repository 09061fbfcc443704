"""A finding's buttons do what it advises, in the window: the plan is made anew, and what stopped is gone."""

import json
import shutil

import gguf
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QInputDialog, QPushButton

from app.core.architectures import Layout
from app.core.ggml_types import OutputType
from app.core.plan import HeadChoice
from app.core.plan.types.tensor_choices import parse_choice
from app.core.tokenizer.pre_tokenizer_table import pre_tokenizer_table
from app.ui.page.detail import Detail
from app.ui.session import State
from app.ui.widgets.choice_sheet import ChoiceSheet
from tests.adapters import save_mlx_adapter
from tests.core.convert.edit_folder import plan_of
from tests.core.imatrix_by_hand import entries_for, shapes_of, write_imatrix
from tests.core.tokenizer.unknown_pre_tokenizer import unknown_pre_tokenizer
from tests.golden.family_models import FamilyModel, save_mlx, save_published
from tests.tiny_checkpoints import gemma3_folder, with_tokenizer
from tests.ui.driving import DEADLINE, boxes, choose_formats, go_to, opened, sentence


def remedies(window):
    """The buttons that are offered, by their labels: on the overview, and on the pages that open from it."""
    page = window.workbench.page
    places = (
        (page.overview.readiness, page.overview),
        (page.overview.stops, page.overview),
        (page.findings, page._details[Detail.NOTES]),
        (page.head, page._details[Detail.HEAD]),
    )
    found = [(button, around) for card, around in places for button in card.findChildren(QPushButton)]
    return {button.text(): button for button, around in reversed(found) if button.isVisibleTo(around)}


def sheet(window):
    (found,) = (one for one in window.findChildren(ChoiceSheet) if one.isVisible())
    return found


def settled(qtbot, window):
    """All plans are there."""
    qtbot.waitUntil(
        lambda: not window.workbench.session.is_working and window.workbench.session.state is State.READY,
        timeout=DEADLINE,
    )
    return window.workbench.session.plan


def follow(qtbot, window, label, where=None):
    """On the overview, or on the page where a person reads of it."""
    qtbot.waitUntil(lambda: label in remedies(window), timeout=DEADLINE)
    if where is None:
        window.menus.overview.trigger()
    else:
        go_to(window, where)
    button = remedies(window)[label]
    assert button.isVisible()
    assert button.isEnabled()
    assert button.accessibleDescription()
    button.click()


def choose(qtbot, window, wanted):
    """As a person does who knows a part of the name."""
    found = sheet(window)
    assert not found.use.isEnabled()
    qtbot.keyClicks(found.search, wanted)
    assert found.use.isEnabled()
    qtbot.keyClick(found.search, Qt.Key.Key_Return)


def converted(qtbot, window, path):
    window.workbench.converting.set_destination(path)
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        window.workbench.converting.convert()
    return {name: field.contents() for name, field in gguf.GGUFReader(path).fields.items()}


@pytest.fixture
def unknown(tied_folder, copy_folder):
    return unknown_pre_tokenizer(copy_folder(tied_folder))


def test_a_pre_tokenizer_is_chosen_and_converts(qtbot, window, unknown, tmp_path):
    opened(qtbot, window, unknown)
    session = window.workbench.session
    session.choose_formats(OutputType.Q8_0, [OutputType.F16])
    assert not session.plan.can_convert
    follow(qtbot, window, "Choose a Pre-Tokenizer…")
    choose(qtbot, window, "qwen2")
    assert session.state is State.LOOKING  # the event loop goes on
    assert not remedies(window)["Choose a Pre-Tokenizer…"].isEnabled()
    plan = settled(qtbot, window)
    assert plan.can_convert
    assert (plan.options.output_type, session.also) == (OutputType.Q8_0, (OutputType.F16,))
    assert "Choose a Pre-Tokenizer…" not in remedies(window)
    assert "qwen2 (your choice)" in [text.text() for _, text in window.workbench.page.tokenizer._facts.rows]
    session.choose_formats(OutputType.Q8_0, [])
    assert converted(qtbot, window, tmp_path / "file.gguf")["tokenizer.ggml.pre"] == "qwen2"


def test_the_menu_chooses_one_at_any_time_and_goes_back(qtbot, window, unknown):
    opened(qtbot, window, unknown)
    assert window.menus.pre_tokenizer.isEnabled()
    for name, wanted, can_convert in (("gpt-2", "gpt-2", True), ("", "Automatic", False)):
        before = window.workbench.session.options.pre_tokenizer
        window.menus.pre_tokenizer.trigger()
        found = sheet(window)
        assert found.names.count() == 1 + len(pre_tokenizer_table().names)
        (current,) = found.names.selectedItems()
        assert current.data(Qt.ItemDataRole.UserRole) == before
        found.names.setCurrentItem(found.names.findItems(wanted, Qt.MatchFlag.MatchExactly)[0])
        found.use.click()
        plan = settled(qtbot, window)
        assert (plan.options.pre_tokenizer, plan.can_convert) == (name, can_convert)


def test_no_choice_where_there_is_only_one(qtbot, window, tied_folder):
    opened(qtbot, window, tied_folder)
    assert not window.menus.pre_tokenizer.isEnabled()


def test_what_is_chosen_while_a_vocabulary_is_read_again_counts(qtbot, window, unknown):
    opened(qtbot, window, unknown)
    session = window.workbench.session
    session.choose(pre_tokenizer="qwen2")
    session.choose(name="other", output_type=OutputType.F16)
    session.choose(pre_tokenizer="gpt-2")
    plan = settled(qtbot, window)
    assert (plan.options.pre_tokenizer, plan.model_name, plan.options.output_type) == ("gpt-2", "other", "f16")
    assert not plan.is_provisional
    assert plan.can_convert


def test_another_folder_begins_with_its_own(qtbot, window, unknown, tied_folder):
    opened(qtbot, window, unknown)
    window.workbench.session.choose(pre_tokenizer="qwen2")
    opened(qtbot, window, tied_folder)
    assert settled(qtbot, window).can_convert
    assert window.workbench.session.options.pre_tokenizer == ""


def test_the_list_can_be_narrowed_walked_and_left(qtbot, window, unknown):
    opened(qtbot, window, unknown)
    follow(qtbot, window, "Choose a Pre-Tokenizer…")
    found = sheet(window)

    def visible():
        return [one.text() for one in found._items() if not one.isHidden()]

    qtbot.keyClicks(found.search, "DEEPSEEK")
    assert all("deepseek" in name for name in visible())
    first = found.names.currentItem()
    qtbot.keyClick(found.search, Qt.Key.Key_Down)
    assert found.names.currentItem() is not first
    qtbot.keyClicks(found.search, "nonsense")
    assert not visible()
    assert not found.use.isEnabled()
    qtbot.keyClick(found.search, Qt.Key.Key_Return)
    assert found.isVisible()
    qtbot.keyClick(found.search, Qt.Key.Key_Escape)
    assert window.workbench.session.state is State.READY
    assert window.workbench.session.options.pre_tokenizer == ""


def test_the_embedding_is_shared(qtbot, window, tied_folder, copy_folder, tmp_path):
    folder = copy_folder(tied_folder)
    config = json.loads((folder / "config.json").read_text()) | {"tie_word_embeddings": False}
    (folder / "config.json").write_text(json.dumps(config))
    opened(qtbot, window, folder)
    follow(qtbot, window, "Share the Embedding")
    plan = settled(qtbot, window)
    assert (plan.options.head, plan.can_convert) == (HeadChoice.SHARE, True)
    assert "Share the Embedding" not in remedies(window)
    assert converted(qtbot, window, tmp_path / "file.gguf")


def test_lossless_instead_of_quantizing_again(qtbot, window, tmp_path):
    opened(qtbot, window, gemma3_folder(tmp_path / "quantized", quantize=lambda _: True))
    window.workbench.session.choose(output_type=OutputType.Q8_0)
    follow(qtbot, window, "Use Lossless", Detail.NOTES)
    assert settled(qtbot, window).options.output_type is OutputType.LOSSLESS
    assert "Use Lossless" not in remedies(window)
    assert converted(qtbot, window, tmp_path / "file.gguf")


def test_an_adapter_beside_the_weights_is_added(qtbot, window, tied_folder, copy_folder, tmp_path):
    adapter, folder = save_mlx_adapter(tied_folder, tmp_path / "adapter"), copy_folder(tied_folder)
    for name in ("adapters.safetensors", "adapter_config.json"):
        shutil.copy(adapter / name, folder / name)
    opened(qtbot, window, folder)
    follow(qtbot, window, "Add the Adapter", Detail.NOTES)
    plan = settled(qtbot, window)
    assert any(tensor.sources[0].updates for tensor in plan.tensors if tensor.sources)
    assert "Add the Adapter" not in remedies(window)
    assert converted(qtbot, window, tmp_path / "file.gguf")


def test_the_other_layout_and_back(qtbot, window, tmp_path):
    folder = save_mlx(save_published(FamilyModel("mixtral"), tmp_path / "published"), tmp_path / "mlx")
    opened(qtbot, window, with_tokenizer(folder))
    for label, layout in (("Use the Hugging Face Layout", Layout.HUGGING_FACE), ("Use the mlx-lm Layout", Layout.MLX)):
        follow(qtbot, window, label, Detail.NOTES)
        plan = settled(qtbot, window)
        assert plan.layout is plan.options.layout is layout
    assert converted(qtbot, window, tmp_path / "file.gguf")


def test_another_type_for_single_tensors(qtbot, window, tied_folder, tmp_path):
    opened(qtbot, window, tied_folder)
    window.workbench.session.choose(tensor_types=(parse_choice("ffn_up=q4_k"), parse_choice("attn_q=f16")))
    assert not settled(qtbot, window).can_convert
    follow(qtbot, window, "Choose Another Type…")
    choose(qtbot, window, "q8_0")
    plan = settled(qtbot, window)
    assert plan.can_convert
    assert plan.options.tensor_types == (parse_choice("ffn_up=q8_0"), parse_choice("attn_q=f16"))
    assert converted(qtbot, window, tmp_path / "file.gguf")


def name_sheet(window):
    (found,) = (one for one in window.findChildren(QInputDialog) if one.isVisible())
    return found


def test_the_model_is_named(qtbot, window, tmp_path):
    folder = gemma3_folder(tmp_path / "phi3-tune")
    opened(qtbot, window, folder)
    follow(qtbot, window, "Name the Model…", Detail.NOTES)
    name_sheet(window).setTextValue("My Tune")
    name_sheet(window).accept()
    plan = settled(qtbot, window)
    assert plan.model_name == "My Tune"
    assert "Name the Model…" not in remedies(window)
    window.workbench.session.choose_formats(OutputType.AUTO, [OutputType.Q8_0])
    names = [target.name for target in window.workbench.converting.targets()]
    assert names == ["My Tune-BF16.gguf", "My Tune-Q8_0.gguf"]
    assert converted(qtbot, window, tmp_path / "file.gguf")["general.name"] == "My Tune"
    assert (tmp_path / "file-Q8_0.gguf").is_file()


def test_the_menu_names_the_model_and_goes_back(qtbot, window, tied_folder):
    opened(qtbot, window, tied_folder)
    window.menus.name.trigger()
    name_sheet(window).setTextValue("two\nlines" * 100)
    name_sheet(window).accept()
    (box,) = boxes(window)
    assert "cannot be a model's name" in box.text()
    box.close()
    for given, expected in (("  other ", "other"), (" ", tied_folder.name)):
        QApplication.processEvents()
        QApplication.sendPostedEvents()
        window.menus.name.trigger()
        name_sheet(window).setTextValue(given)
        name_sheet(window).accept()
        assert settled(qtbot, window).model_name == expected


@pytest.fixture
def wrong_imatrix(changed_folder, tmp_path):
    shapes = {name: (shape[0], 2 * shape[1]) for name, shape in shapes_of(plan_of(changed_folder, "q4_0")).items()}
    return write_imatrix(tmp_path / "wrong.gguf", entries_for(shapes))


def test_a_wrong_importance_matrix_is_left_out_or_replaced(qtbot, window, changed_folder, wrong_imatrix, tmp_path):
    opened(qtbot, window, changed_folder)
    window.workbench.session.choose(output_type=OutputType.Q4_0)
    window.workbench.session.read_imatrix(wrong_imatrix)
    assert not settled(qtbot, window).can_convert
    follow(qtbot, window, "Choose an Importance Matrix…")
    (dialog,) = (one for one in window.findChildren(QFileDialog) if one.isVisible())
    right = write_imatrix(tmp_path / "right.gguf", entries_for(shapes_of(plan_of(changed_folder, "q4_0"))))
    dialog.fileSelected.emit(str(right))
    dialog.close()
    assert settled(qtbot, window).can_convert
    window.workbench.session.read_imatrix(wrong_imatrix)
    assert not settled(qtbot, window).can_convert
    follow(qtbot, window, "Use No Importance Matrix")
    plan = settled(qtbot, window)
    assert (plan.options.imatrix, plan.can_convert) == (None, True)
    assert converted(qtbot, window, tmp_path / "file.gguf")


def test_another_format_is_a_way_out_too(qtbot, window, changed_folder, wrong_imatrix):
    opened(qtbot, window, changed_folder)
    window.workbench.session.choose(output_type=OutputType.Q4_0)
    window.workbench.session.read_imatrix(wrong_imatrix)
    assert not settled(qtbot, window).can_convert
    assert window.workbench.page.overview.formats.isVisible()
    choose_formats(window, OutputType.BF16)
    assert settled(qtbot, window).can_convert
    assert sentence(window).startswith("Ready. ")


def test_buttons_have_names_and_can_be_reached(qtbot, window, unknown):
    opened(qtbot, window, unknown)
    label = "Choose a Pre-Tokenizer…"
    qtbot.waitUntil(lambda: label in remedies(window), timeout=DEADLINE)
    button = remedies(window)[label]
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert sheet(window).focusWidget() is sheet(window).search
    assert sheet(window).names.accessibleName()
    assert sheet(window).search.accessibleName()
    sheet(window).reject()

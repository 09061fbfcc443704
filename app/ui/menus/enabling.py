"""What can be done now: from facts about the model and the queue to the actions that are enabled."""

from dataclasses import dataclass

from app.ui.menus.menu_bar import Menus


@dataclass(frozen=True)
class Possible:
    """What the window knows at a moment."""

    is_ready: bool = False  # a model is open, and choices can be made
    is_planned: bool = False
    can_convert: bool = False
    has_adapters: bool = False
    has_pre_tokenizers: bool = False
    has_files: bool = False  # finished ones, of the open model
    can_check: bool = False
    is_busy: bool = False  # the queue
    is_checking: bool = False
    can_undo: bool = False
    can_redo: bool = False


def enable(menus: Menus, can: Possible) -> None:
    """Enable what is possible, and name what Stop would stop."""
    menus.enable_adapters(can.is_ready, can.has_adapters)
    menus.pre_tokenizer.setEnabled(can.is_ready and can.has_pre_tokenizers)
    for part in menus.for_model:
        part.setEnabled(can.is_ready)
    menus.convert.setEnabled(can.can_convert)
    menus.destination.setEnabled(can.is_ready and can.is_planned)
    menus.reveal.setEnabled(can.has_files)
    menus.check.setEnabled(can.can_check)
    menus.cancel.setEnabled(can.is_busy)
    menus.show_what_to_stop(can.is_checking)
    menus.undo.setEnabled(can.can_undo)
    menus.redo.setEnabled(can.can_redo)

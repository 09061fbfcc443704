"""What can be done at a moment, from what the session, the queue and the page's result know."""

from app.ui.converting import Converting
from app.ui.menus.enabling import Possible
from app.ui.page_result import PageResult
from app.ui.queue.conversion_queue import ConversionQueue
from app.ui.queue.queue_item import ItemState
from app.ui.session import Session, State


def possible(session: Session, queue: ConversionQueue, converting: Converting, result: PageResult) -> Possible:
    """All of it, looked up anew."""
    return Possible(
        is_ready=session.state is State.READY,
        is_planned=session.plan is not None,
        can_convert=converting.is_possible,
        has_adapters=bool(session.adapters),
        has_pre_tokenizers=session.has_pre_tokenizers,
        has_files=bool(result.written),
        can_check=result.can_check,
        is_busy=queue.current is not None,
        is_checking=queue.current is not None and queue.current.state is ItemState.CHECKING,
        can_undo=session.history.can_undo,
        can_redo=session.history.can_redo,
    )

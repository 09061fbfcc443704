"""A job begins after what is to be seen, ends once, and can be stopped at any time."""

import pytest
from PySide6.QtCore import QCoreApplication, QObject, QThread

from app.core.errors import Cancelled
from app.ui.job import FRAME, Job


@pytest.fixture
def begun():
    """The threads in which the work was done."""
    return list[QThread]()


@pytest.fixture
def job(qtbot, begun):
    def work(_, is_cancelled):
        begun.append(QThread.currentThread())
        if is_cancelled():
            raise Cancelled
        return "done"

    parent = QObject()
    yield Job(work, parent)
    parent.deleteLater()


def test_what_is_posted_comes_first(qtbot, job, begun):
    job.start()
    QCoreApplication.sendPostedEvents()
    assert begun == []
    with qtbot.waitSignal(job.ended):
        pass
    assert len(begun) == 1
    assert begun[0] is not QThread.currentThread()


def test_it_can_be_stopped_before_it_has_begun(qtbot, job):
    with qtbot.waitSignals([job.cancelled, job.ended]), qtbot.assertNotEmitted(job.succeeded):
        job.start()
        job.cancel()


def test_at_the_end_of_the_program_it_does_not_begin_any_more(qtbot, job, begun):
    job.start()
    job.wait()
    qtbot.wait(2 * FRAME)
    assert begun == []

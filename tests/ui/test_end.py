"""The end of the program: work that still goes on is waited for."""

import time


def test_the_end_waits_for_work_that_was_dropped_too(qtbot, window):
    begun, ended = [], []

    def work(*_):
        begun.append(True)
        time.sleep(0.3)
        ended.append(True)

    window.workbench.session._planner.jobs.start(work, lambda _: None)
    qtbot.waitUntil(lambda: bool(begun))
    window.workbench.session._planner.drop()
    window.workbench.session.shut_down()
    assert ended

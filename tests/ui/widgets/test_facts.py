"""Facts in two columns: as many as are told, each in its place."""

from PySide6.QtWidgets import QApplication, QWidget

from app.ui.widgets.facts import Facts


def test_rows_come_and_go(qtbot):
    around, facts = QWidget(), Facts()
    around.setLayout(facts)
    qtbot.addWidget(around)
    around.show()
    for rows in ([("Kind", "1"), ("Kept", "100%")], [("Kind", "2")], [], [("Kind", "3"), ("Kept", "50%")]):
        facts.show_rows(rows)
        QApplication.processEvents()
        seen = [(title.text(), value.text()) for title, value in facts.rows if title.isVisible() and value.isVisible()]
        assert seen == rows
    assert len(facts.rows) == 2  # none was made twice

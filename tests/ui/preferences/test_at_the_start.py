"""What was chosen in the settings counts from the start of the program."""

from PySide6.QtWidgets import QApplication

from app.core.language import english
from app.core.text import text
from app.ui.say import say


def test_language_and_size_of_texts(qapp, settings):
    before = QApplication.font()
    settings.set_language("zh_CN")
    settings.set_text_size(150)
    try:
        qapp.use(settings)
        assert say(text("Check")) == "检查"
        assert QApplication.font().pointSizeF() == 1.5 * before.pointSizeF()
    finally:
        qapp.text_size.apply(100)
        QApplication.setFont(before)
        qapp.speak(english())

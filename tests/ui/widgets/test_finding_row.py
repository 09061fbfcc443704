"""Findings in their column."""

from app.core.findings import info
from app.ui.widgets.finding_row import finding_row


def test_a_long_name_does_not_make_the_card_wider(qtbot):
    widths = []
    for name in ("short", "model.layers.0.block_sparse_moe.experts.0.w1.weight" * 3):
        row = finding_row(info("layout", f"There is {name}.", f"It means {name}."))
        qtbot.addWidget(row)
        row.show()
        widths.append(row.minimumSizeHint().width())
    assert widths[0] == widths[1]

"""What the tensor table shows: its tensors, inside layers and outside of them."""

from app.ui.table.tensor_columns import COLUMNS
from app.ui.table.tensor_row import LayerRow

NUMBER = {column.title: number for number, column in enumerate(COLUMNS)}


def tensor_indexes(model):
    """First cells of all tensors, from top to bottom."""
    for number, row in enumerate(model.top):
        index = model.index(number, 0)
        if isinstance(row, LayerRow):
            yield from (model.index(inside, 0, index) for inside in range(model.rowCount(index)))
        else:
            yield index


def index_of(model, name):
    """Of a tensor, by its name in the file, or in the folder where it is left out."""
    return next(index for index in tensor_indexes(model) if name in model.row_of(index).key)


def cell(index, title):
    return index.siblingAtColumn(NUMBER[title]).data()


def rows_of(model):
    """Both names of each tensor, then its cells."""
    return [
        [*model.row_of(index).key, *(index.siblingAtColumn(number).data() for number in range(len(COLUMNS)))]
        for index in tensor_indexes(model)
    ]

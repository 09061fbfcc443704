"""What the cells of the tensor table say."""

from app.core.describe.fine_tuned import fine_tuned, update_words
from app.core.describe.summary import dtype_in_words, what_happens
from app.core.human_text import bytes_in_words, shape_in_words
from app.core.text import Text, counted, in_one_line, joined, text
from app.ui.say import say
from app.ui.table.tensor_row import LayerRow, TensorRow

NOTHING = "–"
SMALLEST_SHARE = 1e-4  # smaller ones are written with an exponent
LISTED = 3  # types of a layer; of how it is stored, which takes more words, one


def layer(row: TensorRow) -> str:
    """Its number."""
    return NOTHING if row.place.layer is None else str(row.place.layer)


def names(row: TensorRow) -> str:
    """In the folder, and in the file."""
    lines = [text("In the folder: {name}", name=in_one_line(row.key[0]))]
    if row.written is not None:
        lines.append(text("In the file: {name}", name=row.key[1]))
    return "\n".join(map(say, lines))


def tensor_count(row: LayerRow) -> Text:
    """Of a layer."""
    return counted("{count:,} tensor", "{count:,} tensors", len(row.rows))


def shape(row: TensorRow) -> str:
    """Rows × columns."""
    return shape_in_words(row.tensor.source.shape)


def size(row: TensorRow) -> str:
    """In the folder."""
    return bytes_in_words(row.tensor.source.byte_count) if row.is_stored else NOTHING


def size_detail(row: TensorRow) -> str:
    """To the byte."""
    return exact_bytes(row.tensor.source.byte_count) if row.is_stored else NOTHING


def dtype(row: TensorRow) -> str:
    """In the folder."""
    return dtype_in_words(row.tensor.source)


def dtypes(row: LayerRow) -> str:
    """Of a layer."""
    return _listed(row.most(dtype, lambda one: one.tensor.source.byte_count), 1)


def type_name(row: TensorRow) -> str:
    """In the file."""
    return row.written.type.name if row.written else NOTHING


def type_names(row: LayerRow) -> str:
    """Of a layer."""
    return _listed(row.most(type_name, lambda one: one.written.byte_count if one.written else 0), LISTED)


def _listed(words: list[str], count: int) -> str:
    return joined(", ", (*words[:count], *("…" for _ in words[count : count + 1])))


def file_size(row: TensorRow) -> str:
    """In the file."""
    return bytes_in_words(row.written.byte_count) if row.written else NOTHING


def file_size_detail(row: TensorRow) -> str:
    """To the byte."""
    return exact_bytes(row.written.byte_count) if row.written else NOTHING


def exact_bytes(count: int) -> Text:
    """'1,234 bytes'."""
    return counted("{count:,} byte", "{count:,} bytes", count)


def action(row: TensorRow) -> str:
    """What happens to its values."""
    return what_happens(row.tensor)


def action_detail(row: TensorRow) -> str:
    """With what each adapter does."""
    lines = (action(row), *(update_words(row.written) if row.written else ()))
    return "\n".join(map(say, lines))


def kept(row: TensorRow) -> str:
    """How much of the fine-tune."""
    return f"{row.kept.share:.1%}" if row.kept else NOTHING


def kept_of_layer(row: LayerRow) -> str:
    """The same of a layer."""
    return NOTHING if row.share.kept is None else f"{row.share.kept:.1%}"


def kept_detail(row: TensorRow) -> str:
    """With the noise."""
    if row.kept is None:
        return text("Measured while converting") if row.written and fine_tuned(row.written) else NOTHING
    return text(
        "{share:.2%} of the change is in the file; rounding adds noise of {noise:.2%} of it",
        share=row.kept.share,
        noise=row.kept.noise_share,
    )


def change(row: TensorRow) -> str:
    """Measured, or as far as it is known before converting."""
    if row.error:
        return _relative(row.error)
    known = row.written.error if row.written else None
    if known == 0 or row.error == 0:
        return text("exact")
    return f"≤ {known:.1e}" if known else NOTHING


def change_of_layer(row: LayerRow) -> str:
    """The same of a layer, as far as it was measured."""
    found = row.share.change
    return NOTHING if found is None else _relative(found) if found else text("exact")


def _relative(error: float) -> str:
    return f"{error:.2%}" if error >= SMALLEST_SHARE else f"{error:.0e}"


def change_detail(row: TensorRow) -> str:
    """What the figure is."""
    if row.error:
        return text("Root mean square of the change, relative to the values: {error:.4g}", error=row.error)
    known = row.written.error if row.written else None
    if known:
        return text("No value changes by more than {error:.2g}", error=known)
    if known == 0 or row.error == 0:
        return text("Every value is kept")
    return text("Measured while converting")


def change_key(row: TensorRow) -> float:
    """To sort by."""
    known = row.written.error if row.written else None
    return row.error if row.error is not None else known if known is not None else -1.0

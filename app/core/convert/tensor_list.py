"""The tensors of a plan as a file for other programs: JSON, or CSV for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from app.core.convert.part_file import write_text
from app.core.convert.report import measured_plan
from app.core.describe.plan_json import as_json
from app.core.describe.tensor_places import places
from app.core.encode.kept import Kept
from app.core.plan import ConversionPlan

FORMULA = ("=", "+", "-", "@")  # what begins so is computed by a spreadsheet
COLUMNS = (
    *("layer", "part", "source", "source_dtype", "source_byte_count", "name", "type", "shape", "byte_count"),
    *("method", "relative_rmse", "largest_error", "fine_tune_kept", "fine_tune_noise", "reason"),
)


def write_tensor_list(
    path: Path,
    plan: ConversionPlan,
    errors: Mapping[str, float],
    kept: Mapping[str, Kept],
    overwrite: bool = True,
) -> None:
    """All tensors, written or left out, as JSON where the name ends so, else as CSV in UTF-8.

    `errors` and `kept`, by name in the file, are what was measured while converting. Raises TargetError.
    """
    rows = _rows(plan, errors, kept)
    content = as_json(rows) + "\n" if path.suffix.lower() == ".json" else _csv(rows)
    write_text(path, content, overwrite)


def _rows(plan: ConversionPlan, errors: Mapping[str, float], kept: Mapping[str, Kept]) -> list[dict[str, Any]]:
    data = measured_plan(plan, errors, kept)
    found = zip(places(plan), [*data["tensors"], *data["dropped"]], strict=True)
    return [{"layer": place.layer, "part": place.part, **tensor} for place, tensor in found]


def _csv(rows: Iterable[Mapping[str, Any]]) -> str:
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows([_cell(row.get(column)) for column in COLUMNS] for row in rows)
    return stream.getvalue()


def _cell(value: Any) -> str | int | float:
    if isinstance(value, int | float):
        return value
    said = "" if value is None else " x ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"'{said}" if said.startswith(FORMULA) else said

"""The only stage that computes: the plan → the file."""

from app.core.convert.adapter_file import write_adapter
from app.core.convert.converter import convert, convert_all
from app.core.convert.place import check_target, is_same_place
from app.core.convert.prepare import prepare, prepare_adapter, prepare_plan
from app.core.convert.report import report_data, sha256_of, write_report
from app.core.convert.written_file import StageSeconds, WrittenFile

__all__ = [
    "StageSeconds",
    "WrittenFile",
    "check_target",
    "convert",
    "convert_all",
    "is_same_place",
    "prepare",
    "prepare_adapter",
    "prepare_plan",
    "report_data",
    "sha256_of",
    "write_adapter",
    "write_report",
]

"""A plan in types that JSON knows, for reports and `--json`."""

import json
import math
from dataclasses import asdict
from typing import Any

from app.core.describe.adapter_words import adapter_data
from app.core.findings import Finding
from app.core.model.imatrix import Imatrix
from app.core.plan.conversion_plan import ConversionPlan, DroppedTensor, PlannedTensor
from app.core.plan.head.lm_head import LmHeadVerdict
from app.core.plan.header.metadata_entry import MetadataEntry
from app.core.plan.split import planned_files
from app.core.remedies import as_data

LONGEST_LIST = 32  # a vocabulary is counted, not repeated


def as_json(data: Any) -> str:
    """JSON that every program reads: a number that JSON has none for is a text, as in Protocol Buffers' JSON."""
    return json.dumps(_finite(data), indent=2, ensure_ascii=False, allow_nan=False)


def _finite(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    if not isinstance(data, float) or math.isfinite(data):
        return data
    return "NaN" if math.isnan(data) else "Infinity" if data > 0 else "-Infinity"


def plan_data(plan: ConversionPlan) -> dict[str, Any]:
    """The whole plan but for the vocabulary's arrays."""
    return {
        "model": plan.model_name,
        "architecture": plan.architecture,
        "task": plan.task.value,
        "layout": plan.layout and plan.layout.value,
        "output_type": plan.options.output_type.value,
        "adapters": [adapter_data(one) for one in plan.adapters],
        "tensor_types": [str(choice) for choice in plan.options.tensor_types],
        "imatrix": plan.options.imatrix and _imatrix(plan.options.imatrix),
        "can_convert": plan.can_convert,
        "byte_count": plan.byte_count,
        "parts": _parts(plan),
        "lm_head": _verdict(plan.lm_head),
        "findings": [_finding(finding) for finding in plan.findings],
        "tensors": [_tensor(tensor) for tensor in plan.tensors],
        "dropped": [_dropped(tensor) for tensor in plan.dropped],
        "edited_metadata": [entry.key for entry in plan.options.metadata],
        "metadata": {entry.key: _value(entry) for entry in plan.metadata},
    }


def _parts(plan: ConversionPlan) -> list[dict[str, Any]]:
    """Of a file that is divided; empty for one that is not."""
    files = planned_files(plan)
    return [{"byte_count": one.byte_count, "tensor_count": len(one.tensors)} for one in files if len(files) > 1]


def _imatrix(imatrix: Imatrix) -> dict[str, Any]:
    return {
        "name": imatrix.file.path.name,
        "sha256": imatrix.sha256,
        "entry_count": len(imatrix.entries),
        "datasets": list(imatrix.datasets),
        "chunk_count": imatrix.chunk_count,
    }


def _verdict(verdict: LmHeadVerdict) -> dict[str, Any]:
    comparison = verdict.comparison
    return {
        "verdict": verdict.kind.value,
        "action": verdict.action.value,
        "choice": verdict.choice.value,
        "share_byte_count": verdict.share_byte_count,
        "keep_byte_count": verdict.keep_byte_count,
        "comparison": None if comparison is None else asdict(comparison),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    """`remedies` are the ways out of it, each with its kind, none where nothing can be chosen."""
    remedies = [as_data(remedy) for remedy in finding.remedies]
    return {**{key: str(value) for key, value in asdict(finding).items()}, "remedies": remedies}


def _tensor(tensor: PlannedTensor) -> dict[str, Any]:
    source = tensor.source
    packing = source.quantization
    return {
        "name": tensor.name,
        "type": tensor.type.name,
        "shape": list(tensor.shape),
        "byte_count": tensor.byte_count,
        "source": source.name,
        "source_count": len(tensor.sources),
        "source_dtype": source.dtype,
        "source_quantization": None if packing is None else asdict(packing),
        "source_byte_count": source.byte_count,
        "ops": [str(op) for op in tensor.change.ops],
        "method": tensor.method.value,
        "note": tensor.reason,
        "choice": tensor.choice and str(tensor.choice),
        "has_importance": tensor.importance is not None,
        "largest_error": tensor.error,
        "update_ranks": [update.rank for update in tensor.sources[0].updates] if tensor.sources else [],
    }


def _dropped(tensor: DroppedTensor) -> dict[str, Any]:
    source = tensor.source
    return {"source": source.name, "source_byte_count": source.byte_count, "reason": tensor.reason}


def _value(entry: MetadataEntry) -> Any:
    if isinstance(entry.value, tuple):
        return list(entry.value) if len(entry.value) <= LONGEST_LIST else {"count": len(entry.value)}
    return entry.value

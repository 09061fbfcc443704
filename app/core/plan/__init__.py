"""What will be written: pure data, made before any work."""

from app.core.model.facts import HeadComparison, RowDifference, WeightFacts
from app.core.plan.conversion_plan import ConversionPlan, DroppedTensor, Method, PlannedTensor
from app.core.plan.head.judge import HeadEvidence, judge_lm_head
from app.core.plan.head.lm_head import HeadAction, HeadKind, LmHeadVerdict
from app.core.plan.header.metadata_entry import MetadataEntry
from app.core.plan.options import HeadChoice, PlanOptions
from app.core.plan.prepared import Prepared
from app.core.plan.remedied import remedied
from app.core.plan.split import PlannedFile, file_paths, plan_paths, planned_files

__all__ = [
    "ConversionPlan",
    "DroppedTensor",
    "HeadAction",
    "HeadChoice",
    "HeadComparison",
    "HeadEvidence",
    "HeadKind",
    "LmHeadVerdict",
    "MetadataEntry",
    "Method",
    "PlanOptions",
    "PlannedFile",
    "PlannedTensor",
    "Prepared",
    "RowDifference",
    "WeightFacts",
    "file_paths",
    "judge_lm_head",
    "plan_paths",
    "planned_files",
    "remedied",
]

"""remedied: the options with what a remedy asks for."""

from dataclasses import replace

from gguf import GGMLQuantizationType

from app.core.architectures import Layout
from app.core.plan.options import HeadChoice, PlanOptions
from app.core.remedies import (
    Applicable,
    ChooseHead,
    ChooseLayout,
    ChooseName,
    ChoosePreTokenizer,
    ChooseTensorType,
    ChooseType,
    LeaveOutImatrix,
)


def remedied(remedy: Applicable, options: PlanOptions) -> PlanOptions:
    """The same options but for this. Of several names a person has to have chosen one: ValueError."""
    match remedy:
        case ChoosePreTokenizer((name,)):
            return replace(options, pre_tokenizer=name)
        case ChooseTensorType(pattern, (name,)):
            kind = GGMLQuantizationType[name]
            given = (one._replace(type=kind) if one.pattern == pattern else one for one in options.tensor_types)
            return replace(options, tensor_types=tuple(given))
        case ChooseHead(choice):
            return replace(options, head=HeadChoice(choice))
        case ChooseLayout(layout):
            return replace(options, layout=Layout(layout))
        case ChooseType(output_type):
            return replace(options, output_type=output_type)
        case ChooseName(name):
            return replace(options, name=name)
        case LeaveOutImatrix():
            return replace(options, imatrix=None)
    raise ValueError(remedy)

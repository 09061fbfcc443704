"""The sentence that stands above everything else: ready or not, what is lost, what to do; then what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.core.describe.format_quality import Quality, quality_of
from app.core.findings import Finding, Severity
from app.core.ggml_types import OUTPUTS, OutputType
from app.core.plan.conversion_plan import ConversionPlan
from app.core.plan.head.lm_head import HeadAction, HeadKind
from app.core.remedies import ChooseType, Remedy
from app.core.text import NOTHING, Text, counted, text

TWICE = "quantized-twice"


class State(StrEnum):
    """How it stands."""

    LOOKING = "looking"  # nothing is certain yet
    READY = "ready"  # nothing is lost that anybody would miss
    LOSES = "loses"  # it will work, and something is lost
    STOPPED = "stopped"


@dataclass(frozen=True)
class Readiness:
    """`sentence` for everybody, `detail` what it rests on or "", `remedies` what buttons do, one for each way out.

    `code` is that of the finding that it tells, "" where it tells none. `made`: what the sentence is once the file is
    there, "" where none can be.
    """

    state: State
    sentence: str
    made: str = field(default="", kw_only=True)
    detail: str = ""
    remedies: tuple[Remedy, ...] = ()
    code: str = ""


def readiness(plan: ConversionPlan, plans: Mapping[OutputType, ConversionPlan]) -> Readiness:
    """Of the chosen plan; `plans` are those of the other formats."""
    if plan.blockers:
        return _stopped(plan.blockers[0])
    if plan.is_provisional:
        return Readiness(State.LOOKING, text("Looking at the weights…"))
    if _loses_the_head(plan):
        return Readiness(
            State.LOSES,
            text("Ready. The model's own output layer will be lost."),
            text("The embedding takes its place, because you chose to share it."),
            code="lm-head-untied",
            made=text("Converted. The model's own output layer was lost."),
        )
    quality = quality_of(plan, plans.get(OutputType.AUTO))
    if quality in (Quality.TWICE, Quality.WORSE):
        return _twice(plan, plans)
    return _ready(plan, quality)


def outcome(found: Readiness, lost: Sequence[Finding] = ()) -> Readiness:
    """What `found` has come to, now that the file is there; `lost` is what was only noticed while it was written."""
    if not lost:
        return replace(found, sentence=found.made or found.sentence)
    return Readiness(
        State.LOSES, text("Converted. Part of the fine-tune was lost."), lost[0].what, found.remedies, lost[0].code
    )


def _stopped(finding: Finding) -> Readiness:
    short = SHORT.get(finding.code)
    if short is None:
        return Readiness(
            State.STOPPED,
            text("Cannot convert: {what}", what=finding.what),
            finding.advice,
            finding.remedies,
            finding.code,
        )
    return Readiness(State.STOPPED, short, finding.advice or finding.what, finding.remedies, finding.code)


SHORT: Mapping[str, Text] = {
    "no-tokenizer": text("Cannot convert: no tokenizer."),
    "no-weights": text("Cannot convert: no weights."),
    "missing-config": text("Cannot convert: no config.json."),
    "missing-shard": text("Cannot convert: a file with weights is missing."),
    "unreadable-shard": text("Cannot convert: a file with weights is damaged."),
    "missing-tensor": text("Cannot convert: a tensor is missing."),
    "adapter-only": text("Cannot convert: an adapter without its model."),
    "unsupported-model-type": text("Cannot convert: this kind of model is not supported."),
    "unknown-model-type": text("Cannot convert: an unknown kind of model."),
    "unknown-pre-tokenizer": text("Cannot convert: choose a pre-tokenizer first."),
    "type-does-not-fit": text("Cannot convert: a type chosen for a tensor does not fit."),
    "lm-head-missing": text("Cannot convert: no output layer."),
}


def _twice(plan: ConversionPlan, plans: Mapping[OutputType, ConversionPlan]) -> Readiness:
    """The way out is a format that keeps the values, unless single tensors have types that a person chose."""
    said = text("Ready. Quality is lost a second time."), text("Converted. Quality was lost a second time.")
    detail, remedies = _about_choices(plan), tuple[Remedy, ...]()
    for kind in (OutputType.AUTO, OutputType.LOSSLESS):
        other = plans.get(kind)
        if other is None or other is plan or plan.options.tensor_types:
            continue
        name = OUTPUTS[kind].title
        match quality_of(other, None):
            case Quality.SAME:
                said = (
                    text("Ready. Quality is lost a second time: {format} keeps the values.", format=name),
                    text("Converted. Quality was lost a second time: {format} keeps the values.", format=name),
                )
            case Quality.NEARLY_SAME:
                said = (
                    text("Ready. Quality is lost a second time: {format} nearly keeps the values.", format=name),
                    text("Converted. Quality was lost a second time: {format} nearly keeps the values.", format=name),
                )
            case _:
                continue
        remedies = (ChooseType(kind),)
        break
    sentence, made = said
    return Readiness(State.LOSES, sentence, detail, remedies, TWICE, made=made)


def _about_choices(plan: ConversionPlan) -> Text:
    return text("Types chosen for single tensors come first.") if plan.options.tensor_types else NOTHING


def _ready(plan: ConversionPlan, quality: Quality) -> Readiness:
    name, notes = OUTPUTS[plan.options.output_type].title, _note(plan)
    state = State.LOSES if quality is Quality.LOSSY else State.READY
    match quality:
        case Quality.SAME if not notes:
            said = text("Ready. Nothing will be lost."), text("Converted. Nothing was lost.")
        case Quality.SAME:
            said = text("Ready. The weights keep their values."), text("Converted. The weights kept their values.")
        case Quality.CLOSE:
            said = (
                text("Ready. Close to the original, as usual for {format}.", format=name),
                text("Converted. Close to the original, as usual for {format}.", format=name),
            )
        case Quality.LOSSY:
            said = (
                text("Ready. A noticeable loss, as usual for {format}.", format=name),
                text("Converted. A noticeable loss, as usual for {format}.", format=name),
            )
        case _:
            said = text("Ready. Hardly anything will be lost."), text("Converted. Hardly anything was lost.")
    sentence, made = said
    return Readiness(state, sentence, notes, made=made)


def _note(plan: ConversionPlan) -> Text:
    """That there is something to read before one relies on the file."""
    count = sum(finding.severity is Severity.WARNING for finding in plan.findings)
    if not count:
        return NOTHING
    return counted("There is {count} note to read.", "There are {count} notes to read.", count)


def _loses_the_head(plan: ConversionPlan) -> bool:
    verdict = plan.lm_head
    counts = verdict.kind in (HeadKind.UNTIED, HeadKind.CANNOT_BE_KEPT, HeadKind.MISSHAPEN)
    return counts and verdict.action in (HeadAction.SHARE, HeadAction.WRITE_EMBEDDING_TWICE)

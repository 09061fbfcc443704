"""The whole road on tiny models: open, convert, compare bytes with those of other machines, prove with both engines."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from app.core.convert import convert, prepare, sha256_of
from app.core.ggml_types import OutputType
from app.core.human_text import bytes_in_words
from app.core.model.fine_tunes import AdapterChoice, open_fine_tune
from app.core.model.identify import identify
from app.core.plan import ConversionPlan, PlanOptions, Prepared
from app.core.text import Text, text
from app.core.verify.results.report import Verdict, VerificationReport
from app.core.verify.verification import verify
from app.self_test.check import Check, CheckFailedError
from app.self_test.made_models import make_adapter, make_packed, sample
from app.self_test.same_bits import devices, on_device

# Of the sample's files, wherever they are written; tests/self_test/test_conversions.py writes them, too.
DIGESTS = {
    OutputType.BF16: "1293c7164f197cda7c250696df0bc1d3bcd63c42bf7e2381eb49132d761c4549",
    OutputType.Q8_0: "83c3c22a93244843fe5b2bc13957a1401dc53dc40db6736cf16fd040967497ee",
    OutputType.Q4_K_M: "c3f2ea78199a9d03f8f38ef2b8f81da05e4d6f0465736283d36e8bd406957c6e",
}


def conversion_checks(folder: Path) -> Iterator[Check]:
    """Of the sample in three types, of 4 bits, and with an adapter. Files go into `folder`."""
    yield Check(text("The sample opens and can be converted"), _opens)
    for kind in DIGESTS:
        title = text("The sample becomes {type}, byte for byte, and both engines agree", type=kind.name)
        yield Check(title, partial(_converts, folder, kind))
    yield Check(text("A model of 4 bits keeps its values, and both engines agree"), partial(_from_four_bits, folder))
    yield Check(text("An adapter is fused, and both engines agree"), partial(_fuses, folder))


def _prepared(folder: Path, *adapters: Path) -> Prepared:
    checkpoint, applied = open_fine_tune(folder, [AdapterChoice(one) for one in adapters])
    return prepare(identify(checkpoint, applied))


def _opens() -> list[Text]:
    plan = _prepared(sample()).plan(PlanOptions(OutputType.BF16))
    if not plan.can_convert:
        first = plan.blockers[0]
        raise CheckFailedError(first.what, first.advice)
    return [text("{count} tensors, {size}", count=len(plan.tensors), size=bytes_in_words(plan.byte_count))]


def _converts(folder: Path, kind: OutputType) -> list[Text]:
    """On each device, and proved where it was written on the one that MLX takes by itself."""
    prepared = _prepared(sample())
    plan = prepared.plan(PlanOptions(kind))
    file = folder / f"sample-{kind.value}.gguf"
    for device in devices():
        with on_device(device):
            found = sha256_of(convert(plan, file, overwrite=True).path)
        if found != DIGESTS[kind]:
            wanted = DIGESTS[kind]
            raise CheckFailedError(
                text("On {device} its SHA-256 is {found}, not {wanted}.", device=device, found=found, wanted=wanted)
            )
    return [_in_words(_verified(prepared, plan, file))]


def _from_four_bits(folder: Path) -> list[Text]:
    prepared = _prepared(make_packed(folder / "packed"))
    plan = prepared.plan(PlanOptions(OutputType.LOSSLESS))
    report = _verified(prepared, plan, convert(plan, folder / "packed.gguf").path)
    if report.weights is None or any(tensor.relative for tensor in report.weights.tensors):
        raise CheckFailedError(text("The file does not hold the values of the packed weights."))
    return [_in_words(report)]


def _fuses(folder: Path) -> list[Text]:
    prepared = _prepared(sample(), make_adapter(folder / "adapter"))
    plan = prepared.plan(PlanOptions(OutputType.F32))
    return [_in_words(_verified(prepared, plan, convert(plan, folder / "fused.gguf").path))]


def _verified(prepared: Prepared, plan: ConversionPlan, file: Path) -> VerificationReport:
    report = verify(prepared, plan, file)
    if report.verdict is Verdict.BROKEN:
        raise CheckFailedError(_in_words(report))
    for skipped in report.skipped:
        raise CheckFailedError(text("{step} was left out: {reason}", step=skipped.step.title, reason=skipped.reason))
    return report


def _in_words(report: VerificationReport) -> Text:
    return text("{verdict}: {reason}", verdict=report.verdict.title, reason=report.reason)

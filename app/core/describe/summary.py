"""What every front shows of a plan: the model in a few lines, and what happens to each tensor in a few words."""

from collections.abc import Mapping

from app.core.checkpoint import Checkpoint
from app.core.describe.fine_tuned import fine_tuned
from app.core.describe.storage import storage_in_words
from app.core.human_text import bytes_in_words, count_in_words
from app.core.plan.conversion_plan import ConversionPlan, DroppedTensor, Method, PlannedTensor
from app.core.plan.sources import Source
from app.core.text import Text, counted, joined, text


def summary(checkpoint: Checkpoint, plan: ConversionPlan) -> list[tuple[str, str]]:
    """Titles and texts."""
    return [
        (text("Model"), _model(checkpoint, plan)),
        (text("Weights"), _weights(checkpoint, plan)),
        (text("Stored as"), _stored_as(checkpoint)),
        (text("Tokenizer"), _tokenizer(plan)),
        (text("Chat template"), checkpoint.tokenizer.chat_template_source or text("none")),
    ]


def dtype_in_words(tensor: Source) -> str:
    """'BF16', 'Q4_K', 'mxfp4', or '4-bit, groups of 64'."""
    packing = tensor.quantization
    return tensor.dtype if packing is None else packing.in_words


def _model(checkpoint: Checkpoint, plan: ConversionPlan) -> Text:
    return text(
        "{family} ({model_type})",
        family=plan.architecture or text("unknown"),
        model_type=checkpoint.model_type or text("no model type"),
    )


def _weights(checkpoint: Checkpoint, plan: ConversionPlan) -> Text:
    if not checkpoint.tensors:
        return text("none")
    return text(
        "{values} values in {tensors}, {size} in {files}",
        values=count_in_words(plan.value_count or checkpoint.parameter_count),
        tensors=counted("{count:,} tensor", "{count:,} tensors", len(checkpoint.tensors)),
        size=bytes_in_words(checkpoint.byte_count),
        files=counted("{count} file", "{count} files", len(checkpoint.files)),
    )


def _stored_as(checkpoint: Checkpoint) -> Text:
    types = storage_in_words(checkpoint) or text("nothing")
    if checkpoint.saved_by_mlx:
        return text("{types}, saved by MLX", types=types)
    return text("{types}, not saved by MLX", types=types)


def _tokenizer(plan: ConversionPlan) -> str:
    if plan.is_provisional and not plan.blockers:
        return text("being read…")
    values = {entry.key: entry.value for entry in plan.metadata}
    tokens = values.get("tokenizer.ggml.tokens", ())
    if not tokens:
        return text("none usable")
    begin, end = (values.get(f"tokenizer.ggml.{kind}_token_id") for kind in ("bos", "eos"))
    parts = [counted("{count:,} token", "{count:,} tokens", len(tokens))]
    if begin is not None:
        parts.append(text("begin {token}", token=tokens[begin]))
    if end is not None:
        parts.append(text("end {token}", token=tokens[end]))
    return joined(", ", parts)


STACKED, COPIED, COMPUTED, CHOSEN = text("stacked"), text("copied"), text("computed"), text("type chosen by you")
ROUNDED = text("new layout, scales rounded")
DECODED: Mapping[Method, Text] = {
    Method.COPY: text("blocks kept"),
    Method.KEEP_BLOCKS: text("blocks kept"),
    Method.REPACK: text("same values, new layout"),
    Method.ENCODE: text("dequantized"),
    Method.REQUANTIZE: text("requantized"),
}


def what_happens(tensor: PlannedTensor | DroppedTensor) -> str:
    """'copied', 'dequantized, +1', 'fine-tuned, rank 8, as F32', 'left out: …'."""
    if isinstance(tensor, DroppedTensor):
        return text("left out: {reason}", reason=tensor.reason)
    source = tensor.source
    if tensor.method is Method.COMPUTE:
        return COMPUTED
    trained, stacked = fine_tuned(tensor), STACKED if len(tensor.sources) > 1 else ""
    if tensor.method is Method.COPY and tensor.choice is None:
        return joined(", ", (trained, stacked)) or COPIED
    decoded = DECODED[tensor.method] if source.quantization else ""
    if tensor.method is Method.REPACK and tensor.error:
        decoded = ROUNDED
    steps = [trained, stacked, tensor.reason or decoded, *(str(op) for op in tensor.change.ops)]
    if source.quantization is None and source.dtype != tensor.type.name:
        steps.append(text("as {type}", type=tensor.type.name))
    if tensor.choice is not None:
        steps.append(CHOSEN)
    return joined(", ", steps)

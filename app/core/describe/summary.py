"""What every front shows of a plan: the model in a few lines, and what happens to each tensor in a few words."""

from collections import Counter

from app.core.checkpoint import Checkpoint
from app.core.human_text import bytes_in_words, count_in_words
from app.core.plan.conversion_plan import ConversionPlan, DroppedTensor, Method, PlannedTensor
from app.core.plan.sources import Source


def summary(checkpoint: Checkpoint, plan: ConversionPlan) -> list[tuple[str, str]]:
    """Titles and texts."""
    return [
        ("Model", f"{plan.architecture or 'unknown'} ({checkpoint.model_type or 'no model type'})"),
        ("Weights", _weights(checkpoint)),
        ("Stored as", _stored_as(checkpoint)),
        ("Tokenizer", _tokenizer(plan)),
        ("Chat template", checkpoint.tokenizer.chat_template_source or "none"),
    ]


def dtype_in_words(tensor: Source) -> str:
    """'BF16', 'Q4_K', 'mxfp4', or '4-bit, groups of 64'."""
    packing = tensor.quantization
    if packing is None:
        return tensor.dtype
    if packing.mode != "affine":
        return packing.codec.upper() or packing.mode
    return f"{packing.bits}-bit, groups of {packing.group_size}"


def _weights(checkpoint: Checkpoint) -> str:
    if not checkpoint.tensors:
        return "none"
    file_count = len(checkpoint.files)
    return (
        f"{count_in_words(checkpoint.parameter_count)} values in {len(checkpoint.tensors)} tensors, "
        f"{bytes_in_words(checkpoint.byte_count)} in {file_count} file{'' if file_count == 1 else 's'}"
    )


def _stored_as(checkpoint: Checkpoint) -> str:
    kinds = Counter[str]()
    for tensor in checkpoint.tensors:
        kinds[dtype_in_words(tensor)] += tensor.byte_count
    names = ", ".join(name for name, _ in kinds.most_common(3)) or "nothing"
    return f"{names}, {'saved by MLX' if checkpoint.saved_by_mlx else 'not saved by MLX'}"


def _tokenizer(plan: ConversionPlan) -> str:
    if plan.is_provisional and not plan.blockers:
        return "being read…"
    values = {entry.key: entry.value for entry in plan.metadata}
    tokens = values.get("tokenizer.ggml.tokens", ())
    if not tokens:
        return "none that can be used"
    special = (
        f"{title} {tokens[values[key]]}"
        for title, key in (("begin", "tokenizer.ggml.bos_token_id"), ("end", "tokenizer.ggml.eos_token_id"))
        if key in values
    )
    return ", ".join((f"{len(tokens):,} tokens", *special))


DECODED = {
    Method.COPY: "blocks kept",
    Method.KEEP_BLOCKS: "blocks kept",
    Method.REPACK: "repacked",
    Method.ENCODE: "decoded",
    Method.REQUANTIZE: "decoded, quantized again",
}


def what_happens(tensor: PlannedTensor | DroppedTensor) -> str:
    """'copied', 'decoded, +1', 'BF16 to F32', 'left out: …'."""
    if isinstance(tensor, DroppedTensor):
        return f"left out: {tensor.reason}"
    source = tensor.source
    if tensor.method is Method.COMPUTE:
        return "computed"
    stacked = "stacked" if len(tensor.sources) > 1 else ""
    if tensor.method is Method.COPY and tensor.choice is None:
        return stacked or "copied"
    decoded = DECODED[tensor.method] if source.quantization else ""
    steps = [stacked, tensor.reason or decoded, *(str(op) for op in tensor.ops)]
    if source.quantization is None and source.dtype != tensor.type.name:
        steps.append(f"{source.dtype} to {tensor.type.name}")
    if tensor.choice is not None:
        steps.append("type chosen by you")
    return ", ".join(step for step in steps if step)

"""What happens to a tensor, in a few words: the same ones on the command line and in the window."""

from app.core.plan.conversion_plan import DroppedTensor, PlannedTensor


def what_happens(tensor: PlannedTensor | DroppedTensor) -> str:
    """'copied', 'decoded, +1', 'BF16 to F32', 'left out: …'."""
    if isinstance(tensor, DroppedTensor):
        return f"left out: {tensor.reason}"
    source = tensor.source
    if not tensor.sources:
        return "computed"
    stacked = "stacked" if len(tensor.sources) > 1 else ""
    if tensor.is_copied and tensor.choice is None:
        return stacked or "copied"
    decoded = "decoded" if source.quantization else ""
    steps = [stacked, tensor.note or decoded, *(str(op) for op in tensor.ops)]
    if source.quantization is None and source.dtype != tensor.type.name:
        steps.append(f"{source.dtype} to {tensor.type.name}")
    if tensor.choice is not None:
        steps.append("type chosen by you")
    return ", ".join(step for step in steps if step)

"""What is wrong with an adapter and the model that it is to be added to, as findings."""

from app.core.adapter import Adapter, LowRankModule
from app.core.checkpoint import ModelTensor, StoredTensor
from app.core.findings import Finding, blocker, warning
from app.core.human_text import shape_in_words
from app.core.text import counted, text


def misfit(module: LowRankModule, base: ModelTensor) -> Finding:
    """For factors of other lengths than the weight's."""
    return blocker(
        "adapter-misfit",
        text(
            "The adapter was trained for another model: its factors {a} and {b} for {module} do not fit {shape}.",
            module=module.module,
            a=shape_in_words(module.a.shape),
            b=shape_in_words(module.b.shape),
            shape=shape_in_words(base.shape),
        ),
        text("Added to this model, its changes would make no sense."),
        text("Choose the model that the adapter was trained on: adapter_config.json names it."),
        module.module,
    )


def other_shape(whole: StoredTensor, base: ModelTensor) -> Finding:
    """For a whole tensor of another shape."""
    return blocker(
        "adapter-misfit",
        text(
            "The adapter was trained for another model: its {tensor} is {shape}, the model's {expected}.",
            tensor=whole.name,
            shape=shape_in_words(whole.shape),
            expected=shape_in_words(base.shape),
        ),
        text("Added to this model, its changes would make no sense."),
        text("Choose the model that the adapter was trained on: adapter_config.json names it."),
        whole.name,
    )


def unknown(names: list[str], total: int) -> Finding:
    """For layers that the model does not have."""
    return blocker(
        "adapter-of-other-layers",
        counted(
            "{count:,} of {total:,} changes of the adapter is for a layer that this model does not have: {names}.",
            "{count:,} of {total:,} changes of the adapter are for layers that this model does not have: {names}.",
            len(names),
            total=total,
            names=", ".join(names[:3]) + (", …" if len(names) > 3 else ""),
        ),
        text("Part of the fine-tune would be lost."),
        text(
            "Choose the model that the adapter was trained on. If it is that model as it was published, save it with "
            "mlx_lm.convert first, and use that folder."
        ),
        names[0],
    )


def left_out(names: list[str]) -> Finding:
    """For parts of the base that no file of ours holds."""
    return warning(
        "adapter-beside-the-text",
        counted(
            "{count:,} change of the adapter is for a part that is left out of the file: {names}.",
            "{count:,} changes of the adapter are for parts that are left out of the file: {names}.",
            len(names),
            names=", ".join(names[:3]) + (", …" if len(names) > 3 else ""),
        ),
        text("The file holds the text model only, with all its changes."),
        subject=names[0],
    )


def not_low_rank(name: str) -> Finding:
    """For what was trained beside another form of a tensor than the model has, where no product of factors fits it."""
    return blocker(
        "adapter-of-another-form",
        text("The adapter's change of {module} cannot be added to the form in which this model has it.", module=name),
        text("The values are arranged otherwise, so that it would take more than a change of low rank."),
        text(
            "Open the adapter with the model in the form that it was trained on: as published, or as mlx-lm saves it."
        ),
        name,
    )


def counts_zero_times(adapter: Adapter) -> Finding:
    """For a scale or a strength of zero."""
    return warning(
        "adapter-counts-zero-times",
        text("The adapter in {folder} counts zero times.", folder=adapter.folder.name),
        text("The file will hold the values of the model without it."),
        text("Choose another strength, or look at the scale in adapter_config.json."),
        adapter.file.path.name,
    )

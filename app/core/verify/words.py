"""What was proven of a file, in a sentence for each thing that a person should know."""

from typing import Any

from app.core.text import Text, counted, text
from app.core.verify.weight_proof import WeightProof

NAMED = 5


def proof_data(proof: WeightProof) -> dict[str, Any]:
    """In types that JSON knows; figures with as many digits as machines agree on."""
    return {
        "is_sound": proof.is_sound,
        "problem": proof.problem,
        "tensors": {
            one.name: {
                "relative_rmse": float(f"{one.relative:.4g}"),
                "largest": float(f"{one.largest:.4g}"),
                "problem": one.problem,
            }
            for one in proof.tensors
        },
    }


def weights_in_words(proof: WeightProof) -> tuple[Text, ...]:
    """One line for a sound file; what is wrong, and where, for another one."""
    wrong = [one for one in proof.tensors if one.problem]
    if proof.is_sound:
        worst = max(proof.tensors, key=lambda one: one.relative)
        return (
            counted(
                "Checked: {count:,} tensor holds what MLX computes from the folder, as exactly as its type can.",
                "Checked: all {count:,} tensors hold what MLX computes from the folder, as exactly as their types can.",
                len(proof.tensors),
            ),
            text(
                "The largest error of a tensor is {error:.3%} ({tensor}, {type}).",
                error=worst.relative,
                tensor=worst.name,
                type=worst.type,
            ),
        )
    lines: list[Text] = [text("The file is not what MLX computes from the folder.")]
    if proof.problem:
        lines.append(proof.problem)
    lines += [text("{tensor}: {problem}.", tensor=one.name, problem=one.problem) for one in wrong[:NAMED]]
    if len(wrong) > NAMED:
        rest = len(wrong) - NAMED
        lines.append(counted("So is {count:,} more tensor.", "So are {count:,} more tensors.", rest))
    return tuple(lines)

"""What was proven of a file, in a sentence for each thing that a person should know."""

from typing import Any

from app.core.text import Text, counted, text
from app.core.verify.header.header_proof import HeaderProof, KeyProof
from app.core.verify.weights.weight_proof import TensorProof, WeightProof

NAMED = 5


def proof_data(proof: WeightProof) -> dict[str, Any]:
    """In types that JSON knows; figures with as many digits as machines agree on."""
    return {
        "is_sound": proof.is_sound,
        "problem": proof.problem,
        "note": proof.note,
        "tensors": {
            one.name: {
                "type": one.type,
                "relative_rmse": float(f"{one.relative:.4g}"),
                "largest": float(f"{one.largest:.4g}"),
                "problem": one.problem,
                "as_encoded_again": float(f"{one.explained:.4g}"),
            }
            for one in proof.tensors
        },
    }


def weights_in_words(proof: WeightProof) -> tuple[str, ...]:
    """One line for a sound file; what is wrong, and where, for another one."""
    wrong = [one for one in proof.tensors if one.problem]
    note = (proof.note,) if proof.note else ()
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
            *note,
        )
    if not proof.tensors:  # there was nothing to compare
        return (proof.problem,)
    lines: list[str] = [text("The file is not what MLX computes from the folder.")]
    if proof.problem:
        lines.append(proof.problem)
    if len(wrong) > len(proof.tensors) / 2:
        lines.append(_other_weights(proof, wrong))
        return tuple(lines)
    lines += [text("{tensor}: {problem}.", tensor=one.name, problem=one.problem) for one in wrong[:NAMED]]
    if len(wrong) > NAMED:
        rest = len(wrong) - NAMED
        lines.append(counted("So is {count:,} more tensor.", "So are {count:,} more tensors.", rest))
    return (*lines, *note)


def _other_weights(proof: WeightProof, wrong: list[TensorProof]) -> Text:
    return text(
        "It was made from other weights: {count:,} of {total:,} tensors differ. {tensor}: {problem}.",
        count=len(wrong),
        total=len(proof.tensors),
        tensor=wrong[0].name,
        problem=wrong[0].problem,
    )


def header_data(proof: HeaderProof) -> dict[str, Any]:
    """In types that JSON knows: every key that differs, the harmless ones with the reason."""
    return {
        "is_sound": proof.is_sound,
        "compared": proof.compared,
        "differences": [
            {
                "key": one.key,
                "item": one.number,
                "in_file": one.found,
                "in_folder": one.expected,
                "harmless": one.harmless or None,
            }
            for one in proof.differences
        ],
    }


def header_in_words(proof: HeaderProof) -> tuple[Text, ...]:
    """One line for a sound header; else the keys that may change what is computed, with both values."""
    faults = proof.faults
    if not faults:
        others = len(proof.differences)
        return (
            counted(
                "Checked: the settings are those of the folder; {count:,} key differs that changes nothing.",
                "Checked: the settings are those of the folder; {count:,} keys differ that change nothing.",
                others,
            )
            if others
            else text("Checked: the settings are those of the folder."),
        )
    lines = [text("The settings in the file are not those of the folder."), *map(_key_in_words, faults[:NAMED])]
    if len(faults) > NAMED:
        lines.append(counted("{count:,} more key differs.", "{count:,} more keys differ.", len(faults) - NAMED))
    return tuple(lines)


def _key_in_words(one: KeyProof) -> Text:
    absent = text("nothing")
    values = {"key": one.key, "found": one.found, "expected": one.expected}
    values = {name: absent if value is None else value for name, value in values.items()}
    if one.number is None:
        return text("{key}: {found} in the file, {expected} by the folder.", **values)
    return text("{key}, item {number:,}: {found} in the file, {expected} by the folder.", number=one.number, **values)

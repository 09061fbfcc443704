"""A verification as types that JSON knows: names are stable, sentences English."""

from typing import Any

from app.core.convert.row_writer import rounded
from app.core.describe.fine_tune_kept import together
from app.core.verify.results.report import (
    Answer,
    Conversation,
    DistributionFigures,
    DistributionProof,
    Figure,
    Position,
    Token,
    TokenizedText,
    VerificationReport,
    VocabularyProof,
)
from app.core.verify.results.words import header_data, proof_data


def verification_data(report: VerificationReport) -> dict[str, Any]:
    """Everything of a report; figures with as many digits as machines agree on, a step that was not done is None."""
    kept = together(report.kept.values())
    return {
        "folder": report.folder.name,
        "file": {"name": report.file.name, "sha256": report.sha256},
        "verdict": report.verdict.name.lower(),
        "is_good": report.verdict.is_good,
        "reason": str(report.reason),
        "limits": {limit.verdict.name.lower(): rounded(limit.divergence) for limit in report.limits},
        "weights": report.weights and proof_data(report.weights),
        "settings": report.header and header_data(report.header),
        "vocabulary": report.vocabulary and _vocabulary(report.vocabulary),
        "distributions": report.distributions and _distributions(report.distributions),
        "answers": None if report.answers is None else [_answer(answer) for answer in report.answers],
        "skipped": [{"step": one.step.name.lower(), "reason": str(one.reason)} for one in report.skipped],
        "warnings": [str(warning) for warning in report.warnings],
        "fine_tune_kept": rounded(kept.share) if report.kept else None,
        "fine_tune_noise": rounded(kept.noise_share) if report.kept else None,
        "versions": dict(report.versions),
        "machine": str(report.machine),
        "seconds": rounded(report.seconds),
    }


def _vocabulary(proof: VocabularyProof) -> dict[str, Any]:
    return {
        "is_sound": proof.is_sound,
        "problems": [str(problem) for problem in proof.problems],
        "notes": [str(note) for note in proof.notes],
        "texts": [_text(one) for one in proof.texts],
        "conversations": [_conversation(one) for one in proof.conversations],
        "ends_by_folder": list(proof.ends_by_folder),
        "ends_by_file": list(proof.ends_by_file),
    }


def _text(one: TokenizedText) -> dict[str, Any]:
    return {
        "text": one.text,
        "is_same": one.is_same,
        "by_folder": list(one.by_folder),
        "by_file": list(one.by_file),
    }


def _conversation(one: Conversation) -> dict[str, Any]:
    return {"name": str(one.name), "is_same": one.is_same, "by_folder": one.by_folder, "by_file": one.by_file}


def _distributions(proof: DistributionProof) -> dict[str, Any]:
    return {
        "figures": _figures(proof.figures),
        "passages": [
            {"name": str(passage.name), "positions": [_position(one) for one in passage.positions]}
            for passage in proof.passages
        ],
    }


def _figures(figures: DistributionFigures) -> dict[str, Any]:
    """Divergences in nats, shares between 0 and 1."""
    return {
        "mean_kld": _figure(figures.mean),
        "median_kld": rounded(figures.median),
        "kld_99": rounded(figures.percentile_99),
        "kld_99_9": rounded(figures.percentile_99_9),
        "maximum_kld": rounded(figures.maximum),
        "same_top_p": _figure(figures.same_top),
        "rms_delta_p": _figure(figures.rms_change),
        "perplexity_of_folder": _figure(figures.perplexity_of_folder),
        "perplexity_of_file": _figure(figures.perplexity_of_file),
    }


def _figure(figure: Figure) -> dict[str, float]:
    return {"value": rounded(figure.value), "error": rounded(figure.error)}


def _position(one: Position) -> dict[str, Any]:
    return {
        "token": one.token,
        "kld": rounded(one.divergence),
        "same_top": one.same_best,
        "log_probability_by_folder": rounded(one.by_folder),
        "log_probability_by_file": rounded(one.by_file),
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "prompt": answer.prompt,
        "first_difference": answer.first_difference,
        "by_folder": [_token(one) for one in answer.by_folder],
        "by_file": [_token(one) for one in answer.by_file],
    }


def _token(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "piece": token.piece,
        "log_probability": rounded(token.log_probability),
        "second_log_probability": rounded(token.second_log_probability),
    }

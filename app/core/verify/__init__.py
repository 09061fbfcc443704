"""The proof: what a finished file holds against what MLX computes from the folder."""

from app.core.verify.file_proof import FileProof, prove_file
from app.core.verify.header_proof import HeaderProof, KeyProof, prove_header
from app.core.verify.report import Verdict, VerificationReport
from app.core.verify.report_words import report_in_words
from app.core.verify.verification import Check, verify, with_kept
from app.core.verify.verification_data import verification_data
from app.core.verify.vocabulary_proof import prove_vocabulary
from app.core.verify.weight_proof import TensorProof, WeightProof, prove_weights
from app.core.verify.words import header_in_words, proof_data, weights_in_words
from app.core.verify.write_verification import check_verification_target, write_verification

__all__ = [
    "Check",
    "FileProof",
    "HeaderProof",
    "KeyProof",
    "TensorProof",
    "Verdict",
    "VerificationReport",
    "WeightProof",
    "check_verification_target",
    "header_in_words",
    "proof_data",
    "prove_file",
    "prove_header",
    "prove_vocabulary",
    "prove_weights",
    "report_in_words",
    "verification_data",
    "verify",
    "weights_in_words",
    "with_kept",
    "write_verification",
]

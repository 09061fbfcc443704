"""The proof: what a finished file holds against what MLX computes from the folder."""

from app.core.verify.file_proof import FileProof, prove_file
from app.core.verify.header_proof import HeaderProof, KeyProof, prove_header
from app.core.verify.weight_proof import TensorProof, WeightProof, prove_weights
from app.core.verify.words import file_data, header_in_words, proof_data, weights_in_words

__all__ = [
    "FileProof",
    "HeaderProof",
    "KeyProof",
    "TensorProof",
    "WeightProof",
    "file_data",
    "header_in_words",
    "proof_data",
    "prove_file",
    "prove_header",
    "prove_weights",
    "weights_in_words",
]

"""The proof: what a finished file holds against what MLX computes from the folder."""

from app.core.verify.vocabulary_proof import prove_vocabulary
from app.core.verify.weight_proof import TensorProof, WeightProof, prove_weights
from app.core.verify.words import proof_data, weights_in_words

__all__ = ["TensorProof", "WeightProof", "proof_data", "prove_vocabulary", "prove_weights", "weights_in_words"]

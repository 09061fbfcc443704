"""The proof: what a finished file holds against what MLX computes from the folder."""

from app.core.verify.weight_proof import TensorProof, WeightProof, prove_weights

__all__ = ["TensorProof", "WeightProof", "prove_weights"]

"""What is in the folder: headers, JSON, quantization settings. No weight is read here."""

from app.core.checkpoint.checkpoint_values import Checkpoint, ModelTensor, StoredTensor, TokenizerFiles, WeightFile
from app.core.checkpoint.open import open_checkpoint

__all__ = ["Checkpoint", "ModelTensor", "StoredTensor", "TokenizerFiles", "WeightFile", "open_checkpoint"]

"""What is in the folder: headers, JSON, quantization settings. No weight is read here."""

from app.core.checkpoint.open import open_checkpoint
from app.core.checkpoint.stored import Checkpoint, ModelTensor, StoredTensor, TokenizerFiles, WeightFile

__all__ = ["Checkpoint", "ModelTensor", "StoredTensor", "TokenizerFiles", "WeightFile", "open_checkpoint"]

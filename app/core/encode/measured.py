"""What a file holds of values that an adapter has changed: the error of encoding, and what is kept of the change."""

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from app.core.arrays import Bytes, Floats
from app.core.encode.encoder import NO_ERROR, Error, decoded
from app.core.encode.kept import Kept, kept
from app.core.floats import PIECE


def measured(before: Floats, wanted: Floats, encoded: Bytes, kind: GGMLQuantizationType) -> tuple[Error, Kept]:
    """Of (n,) values: without the adapter, with it, and as blocks of `kind`."""
    block, block_bytes = GGML_QUANT_SIZES[kind]
    error, found = NO_ERROR, Kept(0.0, 0.0, 0.0)
    for start in range(0, wanted.size, PIECE):
        end = start + PIECE
        written = decoded(encoded[start // block * block_bytes : end // block * block_bytes], kind)
        values = wanted[start:end]
        one = kept(before[start:end], values, written)
        found += one
        error += Error(float(np.dot(values, values)), one.noise)
    return error, found

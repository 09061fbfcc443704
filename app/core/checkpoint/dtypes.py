"""The dtypes of the safetensors format and their sizes."""

# Names and sizes: safetensors/src/tensor.rs, enum Dtype (0.8). Sub-byte types are left out: mlx cannot save them.
ITEM_BYTES = {
    "BOOL": 1,
    "U8": 1,
    "I8": 1,
    "F8_E5M2": 1,
    "F8_E4M3": 1,
    "F8_E8M0": 1,
    "I16": 2,
    "U16": 2,
    "F16": 2,
    "BF16": 2,
    "I32": 4,
    "U32": 4,
    "F32": 4,
    "I64": 8,
    "U64": 8,
    "F64": 8,
    "C64": 8,
}

FLOAT_DTYPES = ("BF16", "F16", "F32")  # what MLX trains and saves, and what can be written

"""What a person may choose by its name. Imports nothing: the command line lists it before anything is loaded."""

from enum import StrEnum


class OutputType(StrEnum):
    """How the matrices are stored in the file. Vectors are always F32."""

    AUTO = "auto"
    LOSSLESS = "lossless"
    F32 = "f32"
    F16 = "f16"
    BF16 = "bf16"
    Q8_0 = "q8_0"
    Q6_K = "q6_k"
    Q5_K_M = "q5_k_m"
    Q5_K_S = "q5_k_s"
    Q5_1 = "q5_1"
    Q5_0 = "q5_0"
    Q4_K_M = "q4_k_m"
    Q4_K_S = "q4_k_s"
    Q4_1 = "q4_1"
    Q4_0 = "q4_0"
    IQ4_NL = "iq4_nl"
    IQ4_XS = "iq4_xs"
    Q3_K_L = "q3_k_l"
    Q3_K_M = "q3_k_m"
    Q3_K_S = "q3_k_s"
    Q2_K = "q2_k"
    MXFP4 = "mxfp4"
    NVFP4 = "nvfp4"


class HeadChoice(StrEnum):
    """What to do about the output matrix."""

    AUTO = "auto"  # what the verdict says
    SHARE = "share"  # use the embedding for the output too
    KEEP = "keep"  # write the head of the folder as a matrix of its own


class Layout(StrEnum):
    """Who arranged the tensors of a folder."""

    MLX = "mlx"  # saved by mlx-lm, after its sanitize()
    HUGGING_FACE = "huggingface"  # as published

"""Why layers that predict further tokens ahead are left out (multi-token prediction)."""

from app.core.text import text

MTP = text("it predicts further tokens ahead; the model computes the same without it")
MTP_LEFT_OUT = text(
    "it predicts further tokens ahead; mlx-lm leaves these layers out, and the model computes the same without them"
)

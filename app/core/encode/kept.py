"""How much of a fine-tune the file keeps: what it holds against what the adapter asked for."""

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True)
class Kept:
    """Sums over the values of a tensor that an adapter changes from W to W + Δ, of which the file holds D.

    `squares`: of Δ; `products`: of (D − W) · Δ; `noise`: the squares of D − W − Δ. float64, for display.
    """

    squares: float
    products: float
    noise: float

    def __add__(self, other: "Kept") -> "Kept":
        return Kept(self.squares + other.squares, self.products + other.products, self.noise + other.noise)

    @property
    def share(self) -> float:
        """κ = ⟨D − W, Δ⟩ / ‖Δ‖²: 1 where the change arrives whole, 0 where it is rounded away."""
        return self.products / self.squares if self.squares else 1.0

    @property
    def noise_share(self) -> float:
        """‖D − W − Δ‖ / ‖Δ‖: what rounding adds, beside the change."""
        return sqrt(self.noise / self.squares) if self.squares else 0.0

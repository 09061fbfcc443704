"""Values that quantizers treat differently, and importance of columns, drawn from a seed."""

from collections.abc import Iterator

import numpy as np

Array = np.ndarray
LARGEST = np.finfo(np.float32).max
PART = 16  # values; the smallest group that shares a scale in any block


def values_of_all_kinds(count: int, seed: int) -> Iterator[tuple[str, Array]]:
    """A name and (count,) finite float32 values of each kind; `count` is a multiple of 32."""
    draw = np.random.default_rng(seed)
    normal = draw.standard_normal(count).astype(np.float32)
    small = normal * np.float32(0.02)

    def scaled(low: float, high: float) -> Array:
        """Each part by a power of e of its own."""
        factors = np.exp(draw.uniform(low, high, -(-count // PART))).repeat(PART)[:count]
        return np.clip(normal * factors, -LARGEST, LARGEST).astype(np.float32)

    yield "normal", small
    yield "normal, as bfloat16", (small.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)
    yield "heavy tails", np.float32(0.02) * draw.standard_t(2, count).astype(np.float32)
    yield "heaviest tails", np.clip(draw.standard_t(0.5, count), -1e30, 1e30).astype(np.float32)
    yield "sparse", np.where(draw.random(count) < 0.03, normal, np.float32(0))
    yield "empty parts", np.where(draw.random(count // PART).repeat(PART) < 0.3, small, np.float32(0))
    yield "one outlier", np.where(np.arange(count) % 256 == draw.integers(256), normal * np.float32(1000), small)
    yield "constant", draw.normal(0, 1, count // 32).astype(np.float32).repeat(32)
    yield "zero", np.zeros(count, np.float32)
    yield "zeros of both signs", np.where(draw.random(count) < 0.5, np.float32(-0.0), np.float32(0))
    yield "two values", np.where(draw.random(count) < 0.5, np.float32(0.5), np.float32(-0.5))
    yield "few values", draw.integers(-3, 4, count).astype(np.float32) * np.float32(0.125)
    yield "whole numbers", draw.integers(-128, 128, count).astype(np.float32)
    yield "positive", np.abs(small)
    yield "negative", -np.abs(small)
    yield "far above zero", np.float32(1) + small * np.float32(0.1)
    yield "far below zero", np.float32(-1) + small
    yield "subnormal", normal * np.float32(1e-39)
    yield "scales from 1e-45", scaled(-104, -80)
    yield "scales that float16 rounds", scaled(-22, -5)
    yield "scales from 1e-7 to 1e3", scaled(-16, 7)
    yield "scales to the largest", scaled(5, 88)
    yield "huge", np.clip(normal.astype(np.float64) * 1e38, -LARGEST, LARGEST).astype(np.float32)
    patterns = np.arange(1 << 16, dtype=np.uint16)
    for name, every in (
        ("float16", patterns.view(np.float16).astype(np.float32)),
        ("bfloat16", (patterns.astype(np.uint32) << np.uint32(16)).view(np.float32)),
    ):
        finite = every[np.isfinite(every)]
        yield f"all of {name}", np.resize(np.roll(finite, -seed * count), count)
        yield f"all of {name}, mixed", np.resize(draw.permutation(finite), count)
    bits = draw.integers(0, 1 << 32, count, dtype=np.uint32).view(np.float32)
    yield "any bits", np.where(np.isfinite(bits), bits, np.float32(1))


def importances(columns: int, seed: int) -> Iterator[tuple[str, Array]]:
    """A name and (columns,) float32 numbers, none below 0."""
    draw = np.random.default_rng(seed)
    even = draw.random(columns)
    yield "uneven", np.exp(draw.normal(0, 2, columns)).astype(np.float32)
    yield "with zeros", np.where(even < 0.3, 0, even).astype(np.float32)
    yield "even", even.astype(np.float32)
    yield "extreme", np.exp(draw.normal(0, 20, columns)).astype(np.float32)
    yield "zero", np.zeros(columns, np.float32)

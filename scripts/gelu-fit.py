#!/usr/bin/env python3
"""The coefficients of src/infer/encoder/gelu.rs: erf(z) = z * P(z^2) / Q(z^2) for |z| <= 4.

A rational function with the least greatest error, by least squares whose weights grow where the
error is large (Lawson, 1961). Needs numpy. Prints both polynomials, lowest power first, and the
greatest error in 32-bit arithmetic.
"""
import math

import numpy as np

POINTS, FARTHEST, UPPER, LOWER, ROUNDS = 4000, 4.0, 4, 5, 60

z = (1 - np.cos(np.linspace(0, np.pi, POINTS))) / 2 * FARTHEST
z[0] = 1e-6
target = np.array([math.erf(v) for v in z])
t = (z / FARTHEST) ** 2
upper = np.vander(t, UPPER + 1, increasing=True)
lower = np.vander(t, LOWER + 1, increasing=True)[:, 1:]
weight, bottom = np.ones(POINTS), np.ones(POINTS)
for _ in range(ROUNDS):
    scale = weight / np.abs(bottom)
    matrix = np.hstack([upper * z[:, None], -target[:, None] * lower]) * scale[:, None]
    found, *_ = np.linalg.lstsq(matrix, target * scale, rcond=None)
    bottom = 1 + lower @ found[UPPER + 1 :]
    error = np.abs(z * (upper @ found[: UPPER + 1]) / bottom - target)
    weight *= 1 + error / error.max()
    weight /= weight.mean()

powers = (1 / FARTHEST**2) ** np.arange(LOWER + 1)
p = (found[: UPPER + 1] * powers[: UPPER + 1]).astype(np.float32)
q = (np.concatenate([[1], found[UPPER + 1 :]]) * powers).astype(np.float32)
x = np.linspace(0, FARTHEST, 200_001).astype(np.float32)


def horner(coefficients):
    value = np.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        value = value * (x * x) + coefficient
    return value


exact = np.array([math.erf(float(v)) for v in x])
print("P", *p)
print("Q", *q)
print("greatest error", np.abs(x * horner(p) / horner(q) - exact).max())

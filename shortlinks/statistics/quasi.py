"""By how much clicks per view change with likes: a Poisson regression that does not trust Poisson's variance.

The fit is maximum likelihood by Newton's method; the errors are the sandwich's, right whatever the posts' spread is:
White (1982), Econometrica 50:1-25, with his correction for few posts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from shortlinks.statistics import special

_LARGEST_STEP = 2.0
_WIDEST = math.log(1_000)
"""An interval that reaches further tells nothing: likes hardly vary beside the views then."""


@dataclass(frozen=True, slots=True)
class Effect:
    """By what clicks per view are multiplied when likes double at equal views, with its interval."""

    factor: float
    low: float
    high: float
    level: float


def doubling(rows: Sequence[tuple[int, int, int]], level: float = 0.95) -> Effect | None:
    """The effect over posts given as (views, likes, clicks), all with views; None where they do not show one.

    log(clicks per view) = c + slope * log2(likes + 1) + reach * log2(views).
    """
    fitted = fit(
        [[1.0, math.log2(likes + 1), math.log2(views)] for views, likes, _ in rows],
        [clicks for _, _, clicks in rows],
        [math.log(views) for views, _, _ in rows],
    )
    if fitted is None:
        return None
    slope, error = fitted[0][1], fitted[1][1]
    reach = special.t_quantile(level, len(rows) - 3) * error
    if abs(slope) + reach > _WIDEST:
        return None
    return Effect(math.exp(slope), math.exp(slope - reach), math.exp(slope + reach), level)


def fit(
    columns: Sequence[Sequence[float]], counts: Sequence[int], offsets: Sequence[float]
) -> tuple[list[float], list[float]] | None:
    """The coefficients and their robust errors (HC1) of log(mean count) = offset + row of `columns` times coefficients.

    None where they cannot be told: no counts, fewer rows than coefficients and one, columns that say the same.
    """
    rows, width = len(columns), len(columns[0]) if columns else 0
    if rows <= width or not any(counts):
        return None
    middle = [sum(row[i] for row in columns) / rows for i in range(1, width)]
    design = [[row[0], *(value - mean for value, mean in zip(row[1:], middle, strict=True))] for row in columns]
    exposure = math.log(sum(map(math.exp, offsets)))
    beta = [math.log(sum(counts)) - exposure, *([0.0] * (width - 1))]
    for _ in range(60):
        means = [math.exp(min(o + _dot(row, beta), 700.0)) for row, o in zip(design, offsets, strict=True)]
        score = [sum(row[i] * (k - m) for row, k, m in zip(design, counts, means, strict=True)) for i in range(width)]
        inverse = _inverse(_cross(design, means))
        if inverse is None:
            return None
        step = [_dot(row, score) for row in inverse]
        size = max(map(abs, step))
        shorten = min(1.0, _LARGEST_STEP / size) if size else 1.0
        beta = [b + shorten * s for b, s in zip(beta, step, strict=True)]
        if size < 1e-10:
            break
    else:
        return None
    squares = [(k - m) ** 2 for k, m in zip(counts, means, strict=True)]
    meat = _cross(design, squares)
    few = rows / (rows - width)
    errors = [
        math.sqrt(max(0.0, few * sum(row[i] * meat[i][j] * row[j] for i in range(width) for j in range(width))))
        for row in inverse
    ]
    return beta, errors


def _dot(first: Sequence[float], second: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(first, second, strict=True))


def _cross(design: Sequence[Sequence[float]], weights: Sequence[float]) -> list[list[float]]:
    """The sum over rows of weight times row times row."""
    width = range(len(design[0]))
    return [[sum(w * row[i] * row[j] for row, w in zip(design, weights, strict=True)) for j in width] for i in width]


def _inverse(matrix: Sequence[Sequence[float]]) -> list[list[float]] | None:
    """The inverse of a symmetric positive matrix by Gauss and Jordan; None where it has none."""
    size = len(matrix)
    scale = [math.sqrt(matrix[i][i]) if matrix[i][i] > 0 else 0.0 for i in range(size)]
    if not all(scale):
        return None
    rows = [
        [*(matrix[i][j] / scale[i] / scale[j] for j in range(size)), *(float(i == j) for j in range(size))]
        for i in range(size)
    ]
    for i in range(size):
        pivot = rows[i][i]
        if not pivot > 1e-10:
            return None
        rows[i] = [value / pivot for value in rows[i]]
        for j in range(size):
            if j != i:
                rows[j] = [value - rows[j][i] * own for value, own in zip(rows[j], rows[i], strict=True)]
    return [[rows[i][size + j] / scale[i] / scale[j] for j in range(size)] for i in range(size)]

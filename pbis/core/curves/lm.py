"""Where is the minimum: Levenberg-Marquardt on many small weighted least-squares problems at once.

Structure of arrays: curve index last, so each line of arithmetic serves every curve; one damping factor a curve; curves that
are done leave the working set. Each curve's numbers depend on its own column only, to the last bit, so a batch gives what a
curve alone gives: where a curve is hardly determined, a last bit may decide the fourth digit.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from itertools import pairwise

import numpy as np

from pbis.core.arrays import Flags, Floats, Ints
from pbis.core.curves.logistic import forward, gradient, shape

_CHUNK_POINTS = 32768  # points worked on together: their arrays stay in the processor's cache
# Levenberg-Marquardt: nearly a Gauss-Newton step at first; never so little that a flat direction runs away; a curve of which no
# step this short lowers the cost is left where it is. Own choices.
_FIRST_DAMPING, _LEAST_DAMPING, _GIVE_UP = 1e-4, 1e-8, 1e11
_KEPT = 4_000_000  # doubles, 32 MB: more than any block that a chunk frees; own choice
# Arrays are made smaller when fewer than this share of their curves go on. Own choice, for speed only.
_WORTH_MOVING = 0.75
# Share of the cost below which a gain may be rounding: about a thousand roundings of a double. Own choice.
_NOISE = 1e-13
TWICE = np.zeros(
    2, np.int64
)  # one curve as two columns: sums down a single column run in another order, and round otherwise


@dataclass(frozen=True)
class FitProblem:
    """minimise sum((root_weight (y - f))^2) + sum((prior_root (theta - prior_mean))^2) over the free rows of theta.

    ln_dose, y, root_weight: (points, n), root_weight 0 where a point is missing (y finite everywhere);
    prior_mean, prior_root, lower, upper: (5, n); is_free: (5, n), False keeps a parameter where it starts.
    """

    ln_dose: Floats
    y: Floats
    root_weight: Floats
    prior_mean: Floats
    prior_root: Floats
    lower: Floats
    upper: Floats
    is_free: Flags
    is_log_a: bool

    @property
    def size(self) -> int:
        return int(self.y.shape[1])

    def take(self, which: Ints | Flags | slice) -> FitProblem:
        """The problem of some curves."""
        arrays = {f.name: np.ascontiguousarray(getattr(self, f.name)[:, which]) for f in fields(self)[:-1]}
        return FitProblem(**arrays, is_log_a=self.is_log_a)


@dataclass(frozen=True)
class Minimum:
    """theta (5, n); cost (n,), the objective; is_converged (n,); iterations (n,)."""

    theta: Floats
    cost: Floats
    is_converged: Flags
    iterations: Ints


@dataclass
class _State:
    theta: Floats
    cost: Floats
    hessian: Floats  # (5, 5, n), Gauss-Newton
    descent: Floats  # (5, n), minus half the gradient
    damping: Floats


def cost_at(problem: FitProblem, theta: Floats) -> Floats:
    """The objective, shape (n,)."""
    residual = problem.root_weight * (problem.y - forward(theta, problem.ln_dose, problem.is_log_a))
    pull = problem.prior_root * (problem.prior_mean - theta)
    return np.asarray((residual * residual).sum(axis=0) + (pull * pull).sum(axis=0))


def minimise(problem: FitProblem, start: Floats, *, tolerance: float = 1e-17, most_iterations: int = 100) -> Minimum:
    """Minimise every curve's objective from its start (5, n).

    tolerance: a curve is done when the step's predicted decrease falls below this share of its cost; 1e-17 moves the fitted
    response by less than 1e-8 of its residual.
    """
    if problem.size == 1:
        twice = minimise(problem.take(TWICE), start[:, TWICE], tolerance=tolerance, most_iterations=most_iterations)
        return Minimum(twice.theta[:, :1], twice.cost[:1], twice.is_converged[:1], twice.iterations[:1])
    _keep_pages()
    parts = [
        _minimise_chunk(problem.take(part), start[:, part], tolerance, most_iterations) for part in _chunks(problem)
    ]
    if not parts:
        nothing = np.zeros(0)
        return Minimum(np.zeros((5, 0)), nothing, nothing.astype(bool), nothing.astype(np.int64))
    return Minimum(
        np.concatenate([p.theta for p in parts], axis=1),
        np.concatenate([p.cost for p in parts]),
        np.concatenate([p.is_converged for p in parts]),
        np.concatenate([p.iterations for p in parts]),
    )


def _chunks(problem: FitProblem) -> list[slice]:
    """Nearly equal parts of about _CHUNK_POINTS points: a small rest would cost as many turns as a full part."""
    whole = max(_CHUNK_POINTS // max(problem.y.shape[0], 1), 64)
    count = max(round(problem.size / whole), 1)
    edges = [problem.size * k // count for k in range(count + 1)]
    return [slice(*pair) for pair in pairwise(edges) if pair[0] < pair[1]]


@cache
def _keep_pages() -> None:
    """Let the C library keep the pages of work arrays between iterations: asking for them anew took half of the time.

    glibc gives freed memory back above a threshold that follows the largest block freed so far; this one is never touched.
    """
    np.empty(_KEPT)


def _minimise_chunk(problem: FitProblem, start: Floats, tolerance: float, most_iterations: int) -> Minimum:
    n = problem.size
    out = Minimum(np.empty((5, n)), np.empty(n), np.zeros(n, bool), np.full(n, most_iterations, np.int64))
    rows, is_open = np.arange(n), np.ones(n, bool)
    state = _evaluate(problem, np.clip(start, problem.lower, problem.upper))
    for iteration in range(1, most_iterations + 1):
        is_small, is_stuck = _advance(problem, state, tolerance)
        done = is_open & (is_small | is_stuck)
        _store(out, rows[done], state, done)
        out.is_converged[rows[done]] = is_small[done]
        out.iterations[rows[done]] = iteration
        is_open &= ~done
        left = np.flatnonzero(is_open)
        if not left.size:
            return out
        left = left[TWICE] if left.size == 1 else left
        if left.size < _WORTH_MOVING * rows.size:  # until then the finished ones come along, and are not looked at
            rows, problem, state = rows[left], problem.take(left), _keep(state, left)
            is_open = np.ones(left.size, bool)
    _store(out, rows[is_open], state, is_open)
    return out


def _store(out: Minimum, rows: Ints, state: _State, done: Flags) -> None:
    out.theta[:, rows] = state.theta[:, done]
    out.cost[rows] = state.cost[done]


def _keep(state: _State, left: Ints) -> _State:
    return _State(*(np.ascontiguousarray(getattr(state, f.name)[..., left]) for f in fields(state)))


def _advance(problem: FitProblem, state: _State, tolerance: float) -> tuple[Flags, Flags]:
    """One damped step of every curve, kept where it lowers the cost; says which curves are done and which are stuck."""
    step = _step(problem, state)
    target = np.clip(state.theta + step, problem.lower, problem.upper)
    moved = target - state.theta
    curvature = (moved * (state.hessian * moved).sum(axis=1)).sum(axis=0)
    predicted = 2.0 * (moved * state.descent).sum(axis=0) - curvature
    is_small = (curvature <= tolerance * state.cost + 1e-26) & (state.damping < 0.5)
    trial = _evaluate(problem, target)
    share = _gain(state, trial, predicted)
    state.damping = _damped(state.damping, share)
    better = share >= 0.0
    for name in ("theta", "cost", "hessian", "descent"):
        np.copyto(getattr(state, name), getattr(trial, name), where=better)
    return is_small, state.damping > _GIVE_UP


def _gain(state: _State, trial: _State, predicted: Floats) -> Floats:
    """Share of the predicted decrease that a step achieved, negative where it made things worse.

    Near the minimum the cost itself is only known to rounding; there the fall of the gradient's length tells.
    """
    gain, noise = state.cost - trial.cost, _NOISE * state.cost
    is_noise = np.abs(gain) + np.abs(predicted) <= noise
    # The floor changes no share that survives the clipping, and keeps a prediction of nothing from dividing by it.
    share = np.clip(gain / np.maximum(predicted, 0.25 * np.abs(gain) + 1e-300), -1.0, 2.0)
    if is_noise.any():
        by_slope = 1.0 - np.sqrt(_slope(trial) / np.maximum(_slope(state), 1e-300))
        share = np.where(is_noise, by_slope, share)
    return share


def _slope(state: _State) -> Floats:
    diagonal = np.stack([state.hessian[k, k] for k in range(5)])
    return np.asarray((state.descent**2 / np.maximum(diagonal, 1e-300)).sum(axis=0))


def _damped(damping: Floats, share: Floats) -> Floats:
    """Next damping: less after a step that gained what was predicted, more after one that gained little or lost."""
    factor = np.where(share > 0.75, 0.1, np.where(share < 0.0, 7.0, np.where(share < 0.25, 3.0, 1.0)))
    return np.clip(damping * factor, _LEAST_DAMPING, 10.0 * _GIVE_UP)


def _evaluate(problem: FitProblem, theta: Floats) -> _State:
    at = shape(theta, problem.ln_dose, problem.is_log_a)
    residual = problem.root_weight * (problem.y - at.response)
    jacobian = gradient(theta, at, problem.is_log_a, problem.root_weight)
    pull = problem.prior_root * (problem.prior_mean - theta)
    cost = (residual * residual).sum(axis=0) + (pull * pull).sum(axis=0)
    descent = np.einsum("kpn,pn->kn", jacobian, residual) + problem.prior_root * pull
    hessian = gauss_newton(jacobian, problem.prior_root)
    held = ~problem.is_free | ((theta <= problem.lower) & (descent < 0)) | ((theta >= problem.upper) & (descent > 0))
    descent[held] = 0.0
    hold(hessian, held)
    return _State(theta, cost, hessian, descent, np.full(theta.shape[1], _FIRST_DAMPING))


def gauss_newton(jacobian: Floats, prior_root: Floats) -> Floats:
    """J'J plus the priors, (5, 5, n), from the weighted Jacobian (5, points, n)."""
    hessian = np.empty((5, 5, jacobian.shape[2]))
    for k in range(5):
        np.einsum("pn,mpn->mn", jacobian[k], jacobian[: k + 1], out=hessian[k, : k + 1])
        hessian[:k, k] = hessian[k, :k]
        hessian[k, k] += prior_root[k] * prior_root[k]
    return hessian


def hold(hessian: Floats, held: Flags) -> None:
    """Take parameters out of the system: their rows and columns become those of the identity, in place."""
    if not held.any():
        return
    for k in range(5):
        hessian[k][:, held[k]] = 0.0
        hessian[:, k][:, held[k]] = 0.0
        hessian[k, k][held[k]] = 1.0


def _step(problem: FitProblem, state: _State) -> Floats:
    """The damped step; where it would leave the box, the step to the wall and the best of the rest along it."""
    damped = state.hessian.copy()
    for k in range(5):
        damped[k, k] += state.damping * damped[k, k] + 1e-300
    step = solve_spd(damped, state.descent)
    target = state.theta + step
    walled = (target < problem.lower) | (target > problem.upper)
    some = np.flatnonzero(walled.any(axis=0))
    if some.size:
        wall = walled[:, some]
        to_wall = (np.clip(target, problem.lower, problem.upper) - state.theta)[:, some] * wall
        system = damped[:, :, some]
        right = np.where(wall, to_wall, state.descent[:, some] - (system * to_wall).sum(axis=1))
        hold(system, wall)
        step[:, some] = solve_spd(system, right)
    return step


def solve_spd(matrix: Floats, right: Floats) -> Floats:
    """Solve (5, 5, n) positive definite systems for (5, n) by Cholesky without pivots; a lost pivot gives a step of 0 there."""
    low = np.empty_like(matrix)  # lower triangle; the diagonal holds reciprocals
    z = np.empty_like(right)
    for k in range(5):
        for m in range(k):
            low[k, m] = _minus(matrix[k, m], [(low[k, i], low[m, i]) for i in range(m)]) * low[m, m]
        pivot = _minus(matrix[k, k], [(low[k, i], low[k, i]) for i in range(k)])
        low[k, k] = 1.0 / _root(pivot, matrix[k, k])
        z[k] = _minus(right[k], [(low[k, i], z[i]) for i in range(k)]) * low[k, k]
    for k in reversed(range(5)):
        z[k] = _minus(z[k], [(low[i, k], z[i]) for i in range(k + 1, 5)]) * low[k, k]
    return z


def _minus(value: Floats, products: list[tuple[Floats, Floats]]) -> Floats:
    for one, other in products:
        value = value - one * other
    return value


def _root(rest: Floats, diagonal: Floats) -> Floats:
    """Square root of a pivot; one lost to rounding becomes so large that its parameter stays where it is."""
    return np.sqrt(np.where(rest > 1e-14 * diagonal, rest, 1e8 * diagonal + 1e-300))

"""Unit quaternions xyzw as arrays of shape (..., 4). Every function broadcasts; none loops."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
IDENTITY: Array = np.array([0.0, 0.0, 0.0, 1.0])


def normalize(q: Array) -> Array:
    """(..., 4) → (..., 4). One that has no direction, shorter than 1e-12 or not finite, becomes the identity."""
    length = np.sqrt(np.einsum("...i,...i->...", q, q))[..., None]
    if ((length > 1e-12) & (length < np.inf)).all():
        return np.asarray(q / length)
    # The squares of very large numbers are infinite, so that these are made smaller first.
    largest = np.abs(q).max(axis=-1, keepdims=True)
    usable = (largest > 0) & (largest < np.inf)
    scaled = np.where(usable, q, IDENTITY) / np.where(usable, largest, 1.0)
    length = np.sqrt(np.einsum("...i,...i->...", scaled, scaled))[..., None]
    return np.where(length * np.minimum(largest, 1.0) > 1e-12, scaled / length, IDENTITY)


def multiply(a: Array, b: Array) -> Array:
    """(..., 4) × (..., 4) → (..., 4): first b, then a, as with matrices."""
    out = np.empty((*np.broadcast_shapes(a.shape[:-1], b.shape[:-1]), 4))  # filling it is faster than stacking
    ax, ay, az, aw = a[..., 0], a[..., 1], a[..., 2], a[..., 3]
    bx, by, bz, bw = b[..., 0], b[..., 1], b[..., 2], b[..., 3]
    out[..., 0] = aw * bx + ax * bw + ay * bz - az * by
    out[..., 1] = aw * by - ax * bz + ay * bw + az * bx
    out[..., 2] = aw * bz + ax * by - ay * bx + az * bw
    out[..., 3] = aw * bw - ax * bx - ay * by - az * bz
    return out


def conjugate(q: Array) -> Array:
    """(..., 4) → (..., 4): the inverse of a unit quaternion."""
    out: Array = q * np.array([-1.0, -1.0, -1.0, 1.0])
    return out


def rotate(q: Array, v: Array) -> Array:
    """(..., 4) × (..., 3) → (..., 3)."""
    out = np.empty((*np.broadcast_shapes(q.shape[:-1], v.shape[:-1]), 3))
    x, y, z, w = q[..., 0], q[..., 1], q[..., 2], q[..., 3]
    a, b, c = v[..., 0], v[..., 1], v[..., 2]
    ta, tb, tc = 2 * (y * c - z * b), 2 * (z * a - x * c), 2 * (x * b - y * a)  # np.cross is three times slower
    out[..., 0] = a + w * ta + y * tc - z * tb
    out[..., 1] = b + w * tb + z * ta - x * tc
    out[..., 2] = c + w * tc + x * tb - y * ta
    return out


def to_matrix(q: Array) -> Array:
    """(..., 4) → (..., 3, 3)."""
    x, y, z, w = np.moveaxis(q, -1, 0)
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)),
        (2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)),
        (2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)),
    )
    return np.stack([np.stack(row, -1) for row in rows], -2)


def from_matrix(m: Array) -> Array:
    """(..., 3, 3) rotation matrices → (..., 4). The largest of the four components is computed first (Shepperd 1978)."""
    m00, m11, m22 = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    squares = np.stack((1 + m00 - m11 - m22, 1 - m00 + m11 - m22, 1 - m00 - m11 + m22, 1 + m00 + m11 + m22), -1)
    xy, xz, yz = m[..., 0, 1] + m[..., 1, 0], m[..., 0, 2] + m[..., 2, 0], m[..., 1, 2] + m[..., 2, 1]
    wx, wy, wz = m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]
    candidates = np.stack(
        (
            np.stack((squares[..., 0], xy, xz, wx), -1),
            np.stack((xy, squares[..., 1], yz, wy), -1),
            np.stack((xz, yz, squares[..., 2], wz), -1),
            np.stack((wx, wy, wz, squares[..., 3]), -1),
        ),
        -2,
    )
    best = np.argmax(squares, axis=-1)[..., None, None]
    return normalize(np.take_along_axis(candidates, np.broadcast_to(best, (*best.shape[:-1], 4)), -2)[..., 0, :])


def from_axis_angle(axis: ArrayLike, angle: ArrayLike) -> Array:
    """Unit axes (..., 3) and angles (...) in radians → (..., 4)."""
    half = np.asarray(angle, float)[..., None] / 2
    return np.concatenate((np.asarray(axis, float) * np.sin(half), np.cos(half)), -1)


def exp(v: Array) -> Array:
    """Rotation vectors (..., 3) in radians → (..., 4)."""
    angle = np.linalg.norm(v, axis=-1, keepdims=True)
    return np.concatenate((v * 0.5 * np.sinc(angle / (2 * np.pi)), np.cos(angle / 2)), -1)


def log(q: Array) -> Array:
    """(..., 4) → rotation vectors (..., 3) in radians, angle at most π."""
    q = np.where(q[..., 3:] < 0, -q, q)
    sine = np.linalg.norm(q[..., :3], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, q[..., 3:])
    return q[..., :3] * np.where(sine > 1e-9, angle / np.maximum(sine, 1e-9), 2.0)


def between(a: Array, b: Array) -> Array:
    """The shortest rotation (..., 4) that turns the directions a (..., 3) onto b (..., 3); opposite ones turn about any axis."""
    a = a / np.maximum(np.sqrt((a * a).sum(-1, keepdims=True)), 1e-12)
    b = b / np.maximum(np.sqrt((b * b).sum(-1, keepdims=True)), 1e-12)
    w = 1 + (a * b).sum(-1)
    out = np.empty((*w.shape, 4))
    out[..., 0] = a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1]
    out[..., 1] = a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2]
    out[..., 2] = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    out[..., 3] = w
    opposite = w <= 1e-9
    if opposite.any():
        far = np.broadcast_to(a, (*w.shape, 3))[opposite]
        helper = np.where(np.abs(far[..., :1]) < 0.9, np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))
        out[opposite] = np.concatenate((np.cross(far, helper), np.zeros((len(far), 1))), -1)
    return normalize(out)


def slerp(a: Array, b: Array, t: ArrayLike) -> Array:
    """From a to b (..., 4) the short way, t (...) in 0 … 1."""
    dot = (a * b).sum(-1, keepdims=True)
    b = np.where(dot < 0, -b, b)
    angle = np.arccos(np.clip(np.abs(dot), 0, 1))
    t = np.asarray(t, float)[..., None]
    sine = np.sin(angle)
    near = sine < 1e-6
    safe = np.where(near, 1.0, sine)
    weight_a = np.where(near, 1 - t, np.sin((1 - t) * angle) / safe)
    weight_b = np.where(near, t, np.sin(t * angle) / safe)
    return normalize(weight_a * a + weight_b * b)


def continuous(q: Array) -> Array:
    """(F, ..., 4) → the same rotations, each with the sign that lies nearer to the frame before it."""
    flips = np.einsum("...i,...i->...", q[1:], q[:-1])[..., None] < 0
    if not flips.any():
        return q
    signs = np.where(np.cumsum(flips, axis=0) % 2 == 1, -1.0, 1.0)
    return np.concatenate((q[:1], q[1:] * signs), 0)

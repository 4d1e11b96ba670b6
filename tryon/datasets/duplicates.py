"""Pictures that occur twice, also after scaling and saving anew.

Two pictures are near duplicates when their difference hashes (Krawetz, "Kind of Like That", 2013) differ in at most
:data:`NEAR` of 64 bits, and their thumbnails by at most :data:`CLOSE` levels in the mean and :data:`CLOSE_ANYWHERE` in
any pixel: the hash alone takes different people on a plain background for one.
"""

import hashlib
from dataclasses import dataclass

import cv2
import numpy as np

NEAR = 4
CLOSE = 4.0
CLOSE_ANYWHERE = 24
_THUMBNAIL = 16


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is kept of a picture."""

    exact: bytes
    """Digest of size and pixels."""
    hash: int
    """64-bit difference hash: whether the brightness falls from each pixel of an 8 x 9 thumbnail to the next."""
    thumbnail: np.ndarray
    """``(16, 16, 3)`` ``uint8``."""


def fingerprint(image: np.ndarray) -> Fingerprint:
    """The fingerprint of a picture ``(H, W, 3)`` ``uint8`` RGB."""
    pixels = np.ascontiguousarray(image)
    exact = hashlib.blake2b(repr(image.shape).encode() + pixels.tobytes(), digest_size=16).digest()
    grey = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (9, 8), interpolation=cv2.INTER_AREA)
    bits = np.packbits(grey[:, :-1] > grey[:, 1:])
    thumbnail = cv2.resize(image, (_THUMBNAIL, _THUMBNAIL), interpolation=cv2.INTER_AREA)
    return Fingerprint(exact, int.from_bytes(bits.tobytes(), "big"), thumbnail)


def duplicates(prints: list[Fingerprint]) -> list[list[int]]:
    """Groups of two or more pictures that duplicate the first of their group, as ascending indexes.

    Every picture is compared with the first of every group: some ten seconds for a hundred thousand.
    """
    hashes = np.zeros(len(prints), np.uint64)
    groups: list[list[int]] = []
    for i, one in enumerate(prints):
        alike = np.flatnonzero(np.bitwise_count(hashes[: len(groups)] ^ np.uint64(one.hash)) <= NEAR)
        for group in alike.tolist():
            if _close(one, prints[groups[group][0]]):
                groups[group].append(i)
                break
        else:
            hashes[len(groups)] = one.hash
            groups.append([i])
    return [group for group in groups if len(group) > 1]


def _close(a: Fingerprint, b: Fingerprint) -> bool:
    apart = np.abs(a.thumbnail.astype(int) - b.thumbnail)
    return a.exact == b.exact or (apart.mean() <= CLOSE and apart.max() <= CLOSE_ANYWHERE)

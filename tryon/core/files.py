"""Writing files so that nobody ever finds half of one."""

import os
import secrets
from pathlib import Path


def write_atomically(path: Path, data: bytes) -> None:
    """Write ``data`` under a temporary name in the same folder, then give it its name.

    Raises:
        OSError: the folder is missing or cannot be written to, or the disk is full; ``path`` is as it was.
    """
    # Not the tempfile module: its files are readable by their owner alone, and this one becomes the result.
    temporary = path.parent / f".tryon-{secrets.token_hex(8)}.tmp"
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise

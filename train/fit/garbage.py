"""Python's cyclic garbage, collected between batches.

On torch the tensors of a whole step can lie in it. With teachers, trainings grew from 4 to 12 GB within 300 steps: Python by itself collects
what is old only when there is much new beside it.
"""

from __future__ import annotations

import gc
from typing import Any, Final

import keras

EVERY: Final = 20
"""Batches from one collection to the next."""


class CollectGarbage(keras.callbacks.Callback):
    """Collects it after every few batches."""

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Collect, if it is time."""
        if batch % EVERY == EVERY - 1:
            gc.collect()

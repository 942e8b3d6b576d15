"""How a training tells how far it is: by Keras, or on the bar of the study that it is a part of."""

from __future__ import annotations

import sys

import keras

from cli.progress import has_bar, tell


def verbosity() -> int | str:
    """What Keras prints: nothing beside a bar of ours; a bar of its own on a terminal; else a line when an epoch ends.

    Keras' bar asks for the loss after every step, and so waits for it.
    """
    if has_bar():
        return 0
    return "auto" if sys.stdout.isatty() else 2


def epochs_on_bar(end: int) -> keras.callbacks.Callback:
    """Says on the bar, where there is one, which epoch has begun.

    Args:
        end: the number of epochs.
    """
    return keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: tell(f"epoch {epoch + 1} of {end}"))

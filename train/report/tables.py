"""Tables for the page: the paper's three beside ours, and any study's JSON as tables of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from train.evaluation.intervals import wilson
from train.report.sources import Model

LONGEST_LIST = 24
"""A list of more numbers is a curve, which a picture shows better."""

ESTIMATE = {"value", "low", "high"}
"""What an estimate with its confidence interval has."""


@dataclass(frozen=True)
class Row:
    """One class in the paper's tables.

    Attributes:
        label: the class, or the name of a mean.
        support: how many test images are of it.
        sides: `precision`, `recall` and `f1`, as far as they are known, of the paper itself, of its way
            trained by us, and of what ships.
        is_mean: it sums up the rows above.
    """

    label: str
    support: int
    sides: tuple[Mapping[str, float], Mapping[str, float], Mapping[str, float]]
    is_mean: bool = False


@dataclass(frozen=True)
class Table:
    """Texts under a heading, with a title."""

    title: str
    heading: list[str]
    rows: list[list[str]]


def class_rows(shipped: Model | None, reproduced: Model | None, paper: Mapping[str, Any]) -> list[Row]:
    """The rows of one of the paper's tables.

    Args:
        shipped: what ships.
        reproduced: the paper's way, trained by us; on the same test images.
        paper: what is known of the paper's own figures: `never_recognised` classes, `macro_f1`.
    """
    known = shipped or reproduced
    if known is None:
        return []
    never = paper.get("never_recognised", ())
    rows = []
    for label, figures in known.test["per_class"].items():
        original = {"recall": 0.0, "f1": 0.0} if label in never else {}
        ours = [model.test["per_class"].get(label, {}) if model else {} for model in (reproduced, shipped)]
        rows.append(Row(label, figures["support"], (original, ours[0], ours[1])))
    for key, name in (("macro", "macro average"), ("weighted", "weighted average")):
        original = {"f1": paper["macro_f1"]} if key == "macro" and "macro_f1" in paper else {}
        ours = [model.test.get(key, {}) if model else {} for model in (reproduced, shipped)]
        rows.append(Row(name, known.test["images"], (original, ours[0], ours[1]), is_mean=True))
    return rows


def interval(share: float, count: int) -> tuple[float, float]:
    """The 95 % confidence interval of a share of `count` images, as of `train.evaluation.intervals.wilson`."""
    if count == 0:
        return 0.0, 1.0
    estimate = wilson(round(share * count), count)
    return estimate.low, estimate.high


def shares(matrix: Sequence[Sequence[int]]) -> list[list[tuple[int, float]]]:
    """A confusion matrix as (count, share of its row)."""
    return [[(count, count / max(1, sum(row))) for count in row] for row in matrix]


def as_tables(figures: Mapping[str, Any], title: str = "") -> list[Table]:
    """Any nested JSON object as tables: what lies side by side in it stands side by side here.

    An object of objects with plain values becomes one table, a row each; plain values become a table of
    two columns; deeper levels become tables of their own under the path to them. An estimate with its
    interval (`value`, `low`, `high`, `images`) is one value. Lists of objects are tables, too; lists of
    more than 24 plain values (curves) are left to the pictures.
    """
    plain = {key: value for key, value in figures.items() if _is_plain(value)}
    alike = {key: value for key, value in figures.items() if _is_record(value)}
    tables = []
    if plain:
        tables.append(
            Table(title, ["", ""], [[_words(key), text_of(f"{title} {key}", value)] for key, value in plain.items()])
        )
    if alike:
        tables.append(_records(title, [(_words(key), value) for key, value in alike.items()]))
    for key, value in figures.items():
        below = f"{title}: {_words(key)}" if title else _words(key)
        if isinstance(value, Mapping) and key not in plain:
            deeper = {name: one for name, one in value.items() if key not in alike or not _is_plain(one)}
            tables += as_tables(deeper, below)
        elif isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
            tables.append(_records(below, [("", one) for one in value]))
    return tables


def _is_record(value: object) -> bool:
    """Whether it makes one row; a group of estimates makes a row each instead."""
    if not isinstance(value, Mapping) or _is_plain(value):
        return False
    return any(_is_plain(one) and not isinstance(one, Mapping) for one in value.values())


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return len(value) <= LONGEST_LIST and all(isinstance(one, str | int | float | None) for one in value)
    return not isinstance(value, Mapping) or value.keys() >= ESTIMATE


def _records(title: str, records: Sequence[tuple[str, Mapping[str, Any]]]) -> Table:
    columns = list(dict.fromkeys(key for _, record in records for key, value in record.items() if _is_plain(value)))
    named = any(name for name, _ in records)
    rows = [
        ([name] if named else []) + [text_of(f"{title} {key}", record[key]) if key in record else "" for key in columns]
        for name, record in records
    ]
    return Table(title, ([""] if named else []) + [_words(column) for column in columns], rows)


def _words(key: str) -> str:
    return str(key).replace("_", " ")


SHARES = ("accuracy", "recall", "precision", "detected", "share", "taken")
NO_SHARES = ("mae", "years", "ms", "points", "lost", "interval")


def text_of(key: str, value: Any) -> str:
    """A value as people read it: shares in percent, large numbers with separators, no needless digits.

    Args:
        key: its name, or the path to it, which tells whether it is a share.
        value: of JSON; an estimate with its interval is one.
    """
    if isinstance(value, Mapping):
        low, high = (text_of(key, value[end]).removesuffix("\u00a0%") for end in ("low", "high"))
        counted = f" of {value['images']:,}" if "images" in value else ""
        return f"{text_of(key, value['value'])} ({low} to {high}){counted}"
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(text_of(key, one) for one in value)
    if isinstance(value, int):
        return str(value) if "seed" in key.lower().split() else f"{value:,}"
    return _text_of_float(key.lower(), value) if isinstance(value, float) else str(value)


def _text_of_float(key: str, value: float) -> str:
    words = set(key.replace("_", " ").replace(":", " ").split())
    if 0 <= value <= 1 and words & set(SHARES) and not words & set(NO_SHARES):
        return f"{100 * value:.1f}\u00a0%"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}"

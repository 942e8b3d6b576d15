"""What the clock sees."""

import time

from train.evaluation.timing import WARM_UP, interleaved_medians


def test_each_has_its_turn_and_no_order_is_favoured():
    calls = []
    runs = {name: lambda number, name=name: calls.append((name, number)) for name in "abc"}
    medians = interleaved_medians(runs, 6)
    assert list(medians) == ["a", "b", "c"]
    counted = calls[3 * WARM_UP :]
    assert [name for name, _ in counted] == list("abcbcacababcbcacab")
    assert [number for _, number in counted] == [number for number in range(6) for _ in range(3)]


def test_medians_are_milliseconds():
    def now_and_then_slow(number):
        time.sleep(0.2 if number == 0 else 0.01)

    medians = interleaved_medians({"slow": now_and_then_slow, "fast": lambda number: None}, 7)
    assert 10 <= medians["slow"] < 150
    assert 0 <= medians["fast"] < medians["slow"]

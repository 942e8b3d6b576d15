"""Tokens, and those who guess them."""

from __future__ import annotations

import hmac
import json
import os
from pathlib import Path

import pytest

from tests.webapp.clock import Clock, stopped_clock
from webapp.metrics.refusals import Refusals
from webapp.sharing import login_throttle
from webapp.sharing.data_dir import SharingError
from webapp.sharing.login_throttle import FORGIVEN, REMEMBERED, LoginThrottle
from webapp.sharing.tokens import Tokens, load_or_make


def test_tokens_survive_a_restart_and_change_when_told(tmp_path: Path) -> None:
    first = load_or_make(tmp_path)
    assert load_or_make(tmp_path) == first
    second = load_or_make(tmp_path, new=True)
    assert not {first.camera, first.watch} & {second.camera, second.watch}
    assert load_or_make(tmp_path) == second


def test_each_token_is_of_128_bits_and_one_role(tmp_path: Path) -> None:
    tokens = load_or_make(tmp_path)
    assert len(tokens.camera) >= 22 and len(tokens.watch) >= 22
    assert (tokens.role_of(tokens.camera), tokens.role_of(tokens.watch)) == ("camera", "watch")


@pytest.mark.skipif(os.name == "nt", reason="Windows guards the folder by its access list")
def test_the_owner_alone_reads_them(tmp_path: Path) -> None:
    load_or_make(tmp_path)
    assert (tmp_path / "tokens.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.name == "nt", reason="Windows guards the folder by its access list")
@pytest.mark.parametrize(
    ("beside", "mode"),
    [
        ([], 0o700),  # made for this
        (["ca.crt", "server.key", ".server.key.77"], 0o700),  # of an older version
        (["holiday.jpg"], 0o755),  # somebody's folder: who else reads there is theirs to say
    ],
)
def test_a_folder_that_was_there_becomes_the_owner_s_alone(tmp_path: Path, beside: list[str], mode: int) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    for name in beside:
        (folder / name).touch()
    load_or_make(folder)
    assert folder.stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("guess", ["", "a", "camera", "none", "\x00", "é", "\udcff", "x" * 10_000])
def test_a_guess_is_nobody(tmp_path: Path, guess: str) -> None:
    assert load_or_make(tmp_path).role_of(guess) is None


def test_part_of_a_token_is_nobody(tmp_path: Path) -> None:
    tokens = load_or_make(tmp_path)
    for guess in (tokens.camera[:-1], tokens.camera + "a", tokens.camera.swapcase(), tokens.camera + tokens.watch):
        assert tokens.role_of(guess) is None


@pytest.mark.parametrize("guess", ["the-camera-token-itself", "the-watch-token-itself.", "something else entirely"])
def test_both_comparisons_are_made_in_constant_time(monkeypatch: pytest.MonkeyPatch, guess: str) -> None:
    compared: list[tuple[bytes, bytes]] = []
    real = hmac.compare_digest

    def spy(guess: bytes, token: bytes) -> bool:
        compared.append((guess, token))
        return real(guess, token)

    monkeypatch.setattr(hmac, "compare_digest", spy)
    Tokens("the-camera-token-itself", "the-watch-token-itself.").role_of(guess)
    assert [token for _, token in compared] == [b"the-camera-token-itself", b"the-watch-token-itself."]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"camera": "a", "watch": "b"}', json.dumps({"camera": "x" * 22, "watch": "x" * 22})]
)
def test_a_file_of_something_else_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "tokens.json").write_text(text)
    with pytest.raises(SharingError, match="--new-tokens"):
        load_or_make(tmp_path)
    assert load_or_make(tmp_path, new=True) == load_or_make(tmp_path)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return stopped_clock(monkeypatch, login_throttle)


def test_waits_grow_and_end(clock: Clock) -> None:
    guesser, waits = LoginThrottle(), []
    for _ in range(FORGIVEN + 6):
        guesser.wrong("192.168.1.9")
        waits.append(guesser.wait_s("192.168.1.9"))
        clock.now += waits[-1]
    assert waits[:FORGIVEN] == [0] * FORGIVEN, "old links are opened by mistake"
    assert waits[FORGIVEN] >= 1
    assert waits[FORGIVEN:] == sorted(waits[FORGIVEN:]) and waits[-1] > waits[FORGIVEN]
    assert guesser.wait_s("192.168.1.9") == 0
    assert guesser.wait_s("192.168.1.10") == 0, "nobody waits for another one's guesses"


def test_time_forgives(clock: Clock) -> None:
    guesser = LoginThrottle()
    for _ in range(FORGIVEN):
        guesser.wrong("192.168.1.9")
    clock.now += 3600
    guesser.wrong("192.168.1.9")
    assert guesser.wait_s("192.168.1.9") == 0


@pytest.mark.parametrize(
    ("guesser", "neighbour", "waits"),
    [
        ("::ffff:192.168.1.9", "192.168.1.9", True),  # the same device, written in two ways
        ("fe80::1%eth0", "fe80::1%eth1", True),
        ("not an address", "not an address", True),
        ("fe80::1", "fe80::2", False),  # a whole LAN shares fe80::/64
        ("2001:db8::1", "2001:db8::2", False),
    ],
)
def test_nobody_waits_for_a_neighbour_s_guesses(clock: Clock, guesser: str, neighbour: str, waits: bool) -> None:
    throttle = LoginThrottle()
    for _ in range(FORGIVEN + 1):
        throttle.wrong(guesser)
    assert (throttle.wait_s(neighbour) > 0) == waits


def test_memory_is_bounded(clock: Clock) -> None:
    guesser = LoginThrottle()
    for i in range(REMEMBERED + 500):
        guesser.wrong(f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}")
    assert len(guesser) == REMEMBERED


def test_a_flood_of_refusals_is_no_flood_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    refusals = Refusals()
    for _ in range(1000):
        refusals.add("wrong_token", "192.168.1.9")
    assert refusals.to_dict() == {"wrong_token": 1000}
    assert len(caplog.records) == 1

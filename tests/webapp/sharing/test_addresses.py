"""Which addresses are this machine's own."""

from __future__ import annotations

import pytest

from webapp.sharing.addresses import is_own_address, machine_addresses


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",  # whoever comes by a proxy here
        "203.0.113.9",  # somebody else's
        "",  # no address is known
        "a name",
    ],
)
def test_what_is_no_address_of_this_machine(text: str) -> None:
    assert not is_own_address(text)


def test_this_machine_knows_its_own_addresses() -> None:
    assert all(is_own_address(str(address)) for address in machine_addresses())

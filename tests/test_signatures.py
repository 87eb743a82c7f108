"""Signatures of YOURLS's clients."""

import hashlib

import pytest

from shortlinks.owner import signatures

KEY = "k" * 32
NOW = 1_795_300_000_000
SECONDS = NOW // 1_000


def holder(signature: str, **sent: str) -> str | None:
    return signatures.holder(signature, ["first", "second"], KEY, now=NOW, **sent)  # type: ignore[arg-type]


def test_a_signature_is_of_one_token_and_one_key() -> None:
    own = signatures.of_token("first", KEY)
    assert len(own) == 32
    assert holder(own) == "first"
    assert holder(own.upper()) == "first"
    assert len({own, signatures.of_token("second", KEY), signatures.of_token("first", "x" * 32)}) == 3
    for wrong in ("", own[:-1], own[:-1] + "g", "first", "\udcff"):
        assert holder(wrong) is None


@pytest.mark.parametrize("name", signatures.HASHES)
def test_a_hash_with_the_time_is_as_good_in_either_order(name: str) -> None:
    own = signatures.of_token("second", KEY)
    for text in (f"{SECONDS}{own}", f"{own}{SECONDS}"):
        sent = hashlib.new(name, text.encode()).hexdigest()
        assert holder(sent, timestamp=str(SECONDS)) == "second"
        assert holder(sent, timestamp=str(SECONDS), hash_=name.upper()) == "second"
        assert holder(sent, timestamp=str(SECONDS + 1)) is None
        assert holder(sent, timestamp=str(SECONDS), hash_="crc32") is None
    assert holder(own, timestamp=str(SECONDS)) is None, "with a time, it has to be hashed"


def test_a_time_counts_for_twelve_hours_either_way() -> None:
    own = signatures.of_token("first", KEY)

    def at(timestamp: str) -> str | None:
        return holder(hashlib.sha256(f"{timestamp}{own}".encode()).hexdigest(), timestamp=timestamp)

    for offset, good in ((43_199, True), (-43_199, True), (43_200, False), (-43_200, False)):
        assert (at(str(SECONDS + offset)) == "first") is good, offset
    for timestamp in ("", "now", f"{SECONDS}.5", "-1", "٣" * 10, "9" * 40):
        assert at(timestamp) is None

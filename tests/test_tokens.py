import hashlib

import bad_moments
import pytest

from shortlinks import keys
from shortlinks.errors import Invalid, NotFound
from shortlinks.owner import tokens


def test_a_token_is_found_by_its_secret_alone(fake, now):
    token, secret = tokens.create(fake, "import", ["convert", "read", "read"], now=now)
    assert secret.startswith("slk_")
    assert len(secret) > 40
    assert token == tokens.Token(token.id, "import", ("read", "convert"), now)
    assert tokens.find(fake, secret) == token
    for wrong in ("", "slk_", secret[:-1], secret.upper(), token.id, "\udcff"):
        assert tokens.find(fake, wrong) is None


def test_the_secret_is_kept_nowhere(fake, now):
    _, secret = tokens.create(fake, "import", ["read"], now=now)
    kept = fake.redis.hgetall(keys.TOKENS)
    assert list(kept) == [hashlib.sha256(secret.encode()).hexdigest().encode()]
    assert secret[4:].encode() not in b"".join(kept.values())


@pytest.mark.parametrize(
    ("name", "scopes", "named"),
    [
        ("", [], ["name", "scopes"]),
        ("x" * 81, ["read"], ["name"]),
        ("a\nb", ["read"], ["name"]),
        (None, None, ["name", "scopes"]),
        ("a", ["read", "fly"], ["scopes"]),
        ("a", "read", ["scopes"]),
        ("a", [["read"]], ["scopes"]),
    ],
)
def test_bad_input_names_its_fields(fake, now, name, scopes, named):
    with pytest.raises(Invalid) as caught:
        tokens.create(fake, name, scopes, now=now)
    assert [field for field, _ in caught.value.errors] == named
    assert not fake.redis.exists(keys.TOKENS)


def test_tokens_are_listed_newest_first_and_a_deleted_one_opens_nothing(store, now):
    (first, secret), (second, _) = (tokens.create(store, str(number), ["read"], now=now + number) for number in (1, 2))
    assert tokens.list_(store) == [second, first]
    tokens.delete(store, first.id)
    assert tokens.find(store, secret) is None
    assert tokens.list_(store) == [second]
    with pytest.raises(NotFound):
        tokens.delete(store, first.id)


def test_a_deletion_whose_answer_was_lost_is_none_of_nothing(store, server, now):
    token, secret = tokens.create(store, "import", ["read"], now=now)
    broken, connection = bad_moments.cut_once(server)
    tokens.delete(broken, token.id)
    assert connection.cuts == 1
    assert tokens.find(store, secret) is None

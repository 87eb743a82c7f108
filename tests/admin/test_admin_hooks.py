"""*Settings → Sales*: the folds of shop systems, with address, secret, and what arrived."""

import html
import re

import pytest
from admin_cast import Browser
from apiflask import APIFlask
from hook_cast import SECRETS, Sent, gumroad, kofi, ordered, paid, returned

from shortlinks import times
from shortlinks.links.links import Link
from shortlinks.owner import settings
from shortlinks.posts.posts import Post
from shortlinks.shop_hooks import endpoints, orders
from shortlinks.store import Store

PAGE = "/admin/settings/sales"


def fold(owner: Browser, system: str) -> str:
    """A system's fold as HTML."""
    found = re.search(rf'<details id="{system}".*?</details>', owner.get(PAGE).text, re.DOTALL)
    assert found
    return found[0]


def plain(text: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))


def send(owner: Browser, system: str, **fields: str) -> int:
    answer = owner.send(f"{PAGE}/hooks/{system}", fields, seen=PAGE)
    assert answer.status_code in (303, 422)
    assert answer.status_code == 422 or answer.location == f"{PAGE}/#{system}"
    return answer.status_code


def arrive(app: APIFlask, store: Store, system: str, sent: Sent) -> int:
    path = f"/hooks/{system}/{endpoints.get(store, system).token}"
    return app.test_client().post(path, data=sent[0], headers=sent[1]).status_code


def test_each_system_is_switched_on_given_its_secret_renewed_and_switched_off(
    app: APIFlask, owner: Browser, store: Store
) -> None:
    now = times.now()
    bodies = {"stripe": paid("pi_1", at=now), "shopify": ordered(1), "kofi": kofi("t1"), "gumroad": gumroad("g1")}
    for system, sent in bodies.items():
        assert "go.example/hooks/" not in fold(owner, system)
        send(owner, system, do="new")
        text = fold(owner, system)
        (address,) = set(re.findall(rf"http://go\.example/hooks/{system}/[\w-]{{24}}", text))
        assert re.search(r'<details id="\w+" open>', text)
        assert "not complete yet" in plain(text)
        assert f'data-copy="hook-{system}"' in text
        assert arrive(app, store, system, sent) == 404
        send(owner, system, secret=f"  {SECRETS[system]} ")
        assert "Nothing has arrived yet." in plain(fold(owner, system))
        assert arrive(app, store, system, sent) == 200
        text = plain(fold(owner, system))
        assert "Last arrived less than a minute ago." in text
        assert "1 order came without one of your links: no click id and no coupon code (1)." in text
        send(owner, system, do="new")
        assert address not in fold(owner, system)
        assert arrive(app, store, system, sent) == 200
        send(owner, system, do="stop")
        assert "go.example/hooks/" not in fold(owner, system)
        assert endpoints.get(store, system) == (None, None, None)
    assert owner.get(f"{PAGE}/hooks/stripe").status_code == 303
    assert owner.send(f"{PAGE}/hooks/etsy", {"do": "new"}, seen=PAGE).status_code == 404


def test_a_secret_is_shown_by_its_last_letters_only(owner: Browser, store: Store) -> None:
    for system in ("stripe", "shopify", "kofi"):
        send(owner, system, do="new")
        send(owner, system, secret=SECRETS[system])
        text = owner.get(PAGE).text
        assert SECRETS[system] not in text
        assert f"One is saved: …{SECRETS[system][-4:]}." in plain(text)
    endpoints.set_secret(store, "kofi", "qzqzq")
    assert "One is saved: …. A new one" in plain(fold(owner, "kofi"))
    assert "zq" not in fold(owner, "kofi")


@pytest.mark.parametrize("secret", ["", " ", "x" * 201, "a\nb"])
def test_a_secret_that_can_be_none_is_refused_where_it_stands(owner: Browser, store: Store, secret: str) -> None:
    send(owner, "stripe", do="new")
    send(owner, "stripe", secret="whsec_1")
    answer = owner.send(f"{PAGE}/hooks/stripe", {"secret": secret}, seen=PAGE)
    assert answer.status_code == 422
    assert 'id="stripe-secret-wrong"' in answer.text
    assert endpoints.get(store, "stripe").secret == "whsec_1"


def test_the_sellers_id_of_a_test_ping_is_offered(app: APIFlask, owner: Browser, store: Store) -> None:
    send(owner, "gumroad", do="new")
    assert arrive(app, store, "gumroad", gumroad("g1", test="true", seller_id='"><script>alert(1)</script>')) == 200
    text = fold(owner, "gumroad")
    assert "<script>" not in text
    assert 'value="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in text
    assert arrive(app, store, "gumroad", gumroad("g1", test="true")) == 200
    assert f'value="{SECRETS["gumroad"]}"' in fold(owner, "gumroad")
    send(owner, "gumroad", secret=SECRETS["gumroad"])
    assert arrive(app, store, "gumroad", gumroad("g1", test="true")) == 200
    assert "A test arrived less than a minute ago. It counts nothing." in plain(fold(owner, "gumroad"))
    assert orders.counts(store, "gumroad", days=1, now=times.now()) == {"test": 1}


def test_what_arrived_is_told_with_the_reasons_and_hostile_text_as_text(
    app: APIFlask, owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    for system in ("stripe", "shopify"):
        send(owner, system, do="new")
        send(owner, system, secret=SECRETS[system])
    landed = {"landing_site": f"/?sl={reel[1].slug}.x"}
    hostile = "<img src=x onerror=alert(1)>'\"{{7*7}}"
    for sent in (
        *(
            ordered(1),
            ordered(2, **landed),
            ordered(3, **landed),
            ordered(hostile),
            ordered(5, "x"),
            returned(9, 8, "1"),
        ),
        *((b"{}", {}), (b"{}", {})),
    ):
        arrive(app, store, "shopify", sent)
    text = fold(owner, "shopify")
    assert (
        "4 orders came without one of your links: no click id and no coupon code (2), unknown click id (2)."
        in plain(text)
    )
    assert "1 refund came." in plain(text)
    assert "1 message could not be taken: unreadable amount (1)." in plain(text)
    assert "2 messages were refused: signature (2)." in plain(text)
    assert f"€12.50 shopify:{hostile} no click id and no coupon code," in plain(text)
    assert "<img src=x" not in owner.get(PAGE).text
    assert "{{7*7}}" in plain(text)
    assert "refused" not in plain(fold(owner, "stripe"))
    settings.set_language(store, "de")
    told = plain(fold(owner, "shopify"))
    assert "4 Bestellungen kamen ohne einen deiner Links:" in told
    assert "2 Nachrichten wurden abgewiesen: Signatur (2)." in told


def test_a_sale_stands_on_its_posts_page_with_its_shop(
    app: APIFlask, owner: Browser, store: Store, reel: tuple[Post, Link]
) -> None:
    send(owner, "kofi", do="new")
    send(owner, "kofi", secret=SECRETS["kofi"])
    assert arrive(app, store, "kofi", kofi("t1", message=f"go {reel[1].slug}", timestamp=None)) == 200
    text = plain(owner.get(f"/admin/posts/{reel[0].id}").text)
    assert "Donation" in text
    assert "Ko-fi" in text
    assert "$3.00" in text

import json

import pytest
from admin_cast import Browser

from shortlinks import keys, times
from shortlinks.errors import Invalid
from shortlinks.experiments import trial_words
from shortlinks.insights import insight_reports
from shortlinks.owner import settings
from shortlinks.statistics import stats
from shortlinks.store import Store
from shortlinks.words import language, voices, wording
from shortlinks.words.language import _, ngettext, number


@pytest.mark.parametrize(
    ("tags", "spoken"),
    [
        ([], "en"),
        (["fr-FR", "de-CH", "en"], "de-CH"),
        (["es-Latn-MX"], "es-MX"),
        (["ES_mx"], "es-MX"),
        (["de-QQ"], "de"),
        (["*", "\0", "en-us-posix"], "en"),
        (["de-DE"], "de"),
        (["es-419"], "es-419"),
        (["tlh"], "en"),
    ],
)
def test_the_first_language_that_is_spoken_is_taken(tags: list[str], spoken: str) -> None:
    assert voices.of(*tags).tag == spoken


@pytest.mark.parametrize(
    ("tag", "count", "share"),
    [
        ("en", "12,400", "1.8\u00a0%"),
        ("de", "12.400", "1,8\u00a0%"),
        ("de-CH", "12'400", "1.8\u00a0%"),
        ("es-MX", "12,400", "1.8\u00a0%"),
        ("es-ES", "12.400", "1,8\u00a0%"),
    ],
)
def test_numbers_are_written_as_in_the_region(tag: str, count: str, share: str) -> None:
    with language.speaking(voices.of(tag)):
        assert number(12_400) == count
        assert wording.percent(0.018) == share
    assert number(12_400) == "12,400"


def test_a_share_has_its_article_in_spanish() -> None:
    few, many = stats.rate(9, 12_400), stats.rate(300, 1_000)
    with language.speaking(voices.of("es-MX")):
        assert wording.one_in(many) == "alrededor del 30\u00a0%, entre el 27\u00a0% y el 33\u00a0%"
        assert trial_words.chance(
            per_arm=8, platform="instagram", kind="video", views=1_000, rate=0.001, power=0.19
        ).endswith("en el 19\u00a0% de los casos.")
        assert trial_words.chance(
            per_arm=8, platform="instagram", kind="video", views=1_000, rate=0.001, power=1
        ).endswith("en más del 99\u00a0% de los casos.")
        assert wording.one_in(few).startswith("aproximadamente 1 por cada 1,400, entre ")


def test_messages_are_translated_with_what_is_filled_in() -> None:
    with language.speaking(voices.of("de")):
        assert wording.plural(12_400, "view") == "12.400 Views"
        assert wording.moment(0, times.zone("UTC")) == "1. Jan. 1970, 00:00"
        assert wording.listed(["a", "b", "c"]) == "a, b und c"
        assert _("never heard of {name}", name="{braces} & more") == "never heard of {braces} & more"
        assert ngettext("{count} unheard of", "{count} unheard of", 1_000) == "1.000 unheard of"


@pytest.mark.parametrize(
    ("last", "both", "one"),
    [
        ("Instagram", "YouTube e Instagram", "YouTube o Instagram"),
        ("“Hilo”", "YouTube e “Hilo”", "YouTube o “Hilo”"),
        ("hielo", "YouTube y hielo", "YouTube o hielo"),
        ("YouTube", "YouTube y YouTube", "YouTube o YouTube"),
        ("otra", "YouTube y otra", "YouTube u otra"),
        ("8 clics", "YouTube y 8 clics", "YouTube u 8 clics"),
        ("11 clics", "YouTube y 11 clics", "YouTube u 11 clics"),
        ("110 clics", "YouTube y 110 clics", "YouTube o 110 clics"),
    ],
)
def test_in_spanish_and_and_or_give_way_to_their_own_sound(last: str, both: str, one: str) -> None:
    with language.speaking(voices.of("es")):
        assert (wording.listed(["YouTube", last]), wording.either(["YouTube", last])) == (both, one)
        assert wording.listed([last]) == last


def test_a_creator_chooses_a_language_and_the_region_is_the_browsers(owner: Browser, store: Store) -> None:
    assert settings.language(store) == "en"
    browser = {"Accept-Language": "fr, en;q=0.8, de-CH;q=0.5"}
    answer = owner.client.get("/admin/settings/", headers=browser)
    assert answer.headers["Content-Language"] == "en"
    sent = {"language": "de", "csrf_token": owner.token("/admin/settings/")}
    assert owner.client.post("/admin/settings/language", data=sent, headers=browser).status_code == 303
    assert settings.language(store) == "de-CH"
    page = owner.get("/admin/settings/")
    assert (page.headers["Content-Language"], '<html lang="de">' in page.text) == ("de", True)
    assert '<h2 id="language">Sprache</h2>' in page.text
    assert "Diese Seiten sprechen jetzt Deutsch." in page.text


def test_a_language_with_its_region_is_taken_as_well(owner: Browser, store: Store) -> None:
    sent = {"language": "es-MX", "csrf_token": owner.token("/admin/settings/")}
    assert owner.client.post("/admin/settings/language", data=sent).status_code == 303
    assert settings.language(store) == "es-MX"
    assert "Idioma de estas páginas: Español." in owner.get("/admin/settings/").text


@pytest.mark.parametrize("wrong", ["", "fr", "de; drop", None, 7])
def test_another_language_is_refused(store: Store, wrong: object) -> None:
    with pytest.raises(Invalid, match="language"):
        settings.set_language(store, wrong)
    assert settings.language(store) is None


def test_who_signs_in_first_is_answered_in_the_browsers_language(stranger: Browser, store: Store) -> None:
    browser = {"Accept-Language": "es-MX,es;q=0.9"}
    assert '<html lang="es">' in stranger.client.get("/admin/sign-in", headers=browser).text
    assert '<html lang="en">' in stranger.client.get("/admin/sign-in").text
    stranger.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "es-MX"
    stranger.sign_in()
    assert settings.language(store) == "es-MX"


def test_the_api_speaks_english_whatever_pages_speak(owner: Browser, store: Store) -> None:
    settings.set_language(store, "de")
    assert '<html lang="de">' in owner.get("/admin/settings/").text
    answer = owner.client.get("/api/v1/posts", headers={"Accept-Language": "de"})
    assert answer.status_code == 401
    assert language.spoken() == language.ENGLISH


def test_answers_are_kept_in_each_language_in_which_they_are_read(store: Store) -> None:
    settings.set_language(store, "de-CH")
    now = times.now()
    assert insight_reports.refresh(store, now=now)
    assert set(store.redis.hkeys(keys.INSIGHTS)) == {b"de-CH"}
    insight_reports.read(store, now=now)
    assert set(store.redis.hkeys(keys.INSIGHTS)) == {b"de-CH", b"en"}
    settings.set_language(store, "es")
    assert insight_reports.refresh(store, now=now)
    assert set(store.redis.hkeys(keys.INSIGHTS)) == {b"es", b"en"}
    marks = {json.loads(text)["mark"] for text in store.redis.hvals(keys.INSIGHTS)}
    assert len(marks) == 1, "both are made of the same numbers"
    assert not insight_reports.refresh(store, now=now)


def test_what_goes_wrong_on_a_page_is_told_in_the_browsers_language(stranger: Browser) -> None:
    stranger.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de-CH"
    missing = stranger.get("/admin/no-such-page")
    assert ("<h1>Nicht gefunden</h1>" in missing.text, "Fehler 404" in missing.text) == (True, True)
    assert "Unter /admin/no-such-page ist nichts." in missing.text
    assert '<html lang="de">' in missing.text
    answer = stranger.client.get("/api/v1/no-such-call")
    assert (answer.json["title"], answer.json["detail"]) == ("Not Found", "There is nothing at /api/v1/no-such-call.")


def test_a_bad_host_is_told_in_the_language_of_who_asks(stranger: Browser) -> None:
    asked = {"Accept-Language": "es"}
    assert stranger.client.get("/no-such-link", headers=asked).headers["Content-Language"] == "es"
    refused = stranger.client.get("/no-such-link", headers={"Host": "a..b"})
    assert (refused.status_code, refused.headers["Content-Language"]) == (400, "en")
    assert "The Host header does not hold the name of a host." in refused.text

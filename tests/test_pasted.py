"""One pasted text read into the numbers of a post."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortlinks.errors import Invalid
from shortlinks.snapshots import number_words, pasted, post_exports, snapshots, typed


def texts(text: str, platform: str = "instagram") -> dict[str, str]:
    found = pasted.read(text, platform=platform)
    assert found.doubts == ()
    return found.texts


def test_words_stand_for_what_a_snapshot_holds() -> None:
    fields = {word.field for word in number_words._WORDS.values()} - {""}
    assert fields == {*snapshots.NUMBERS, snapshots.SHARE}
    assert number_words.SHARE == snapshots.SHARE


@pytest.mark.parametrize(
    "text",
    [
        "12.4K views 931 likes 14 comments",
        "12.4K views, 931 likes and 14 comments.",
        "Views 12.4K Likes 931 Comments 14",
        "VIEWS: 12.4K\nLIKES: 931\nCOMMENTS: 14",
        "Views\n12.4K\nLikes\n931\nComments\n14",
        "Views\r\n\r\n12.4K\r\n\r\nLikes\r\n931\r\nComments\r\n14\r\n",
        "12.4K\nviews\n931\nlikes\n14\ncomments",
        "12.4K views · 931 likes · 14 comments",
        "12.4K views | 931 likes | 14 comments",
        "Views\t12.4K\nLikes\t931\nComments\t14",
        "Plays - 12.4K\n931 Likes\nComments (14)",
        "Reel insights\nViews\n12.4K\nLikes\n931\nComments\n14",
        "views:12.4K likes:931 comments:14",
        "12.4K views 3 days ago\n931 likes\n14 comments",
        "hace 3 días 12.4K views\nvor 2 Stunden 931 likes\nil y a 1 heure 14 comments",
        "2 hours ago\n12.4K views\n931 likes\n14 comments\nView insights",
        "931\nLikes\n14\nComments\n12.4K\nViews\nLike\nComment\nShare",
        "Views\n12.4K\nLikes\n931\nComments\n14\nSaves\n--",
        "\u200e12.4K\u200f views \u2022 931 likes \u2022 14 comments",
    ],
)
def test_the_same_numbers_in_many_shapes(text: str) -> None:
    assert texts(text) == {"views": "12.4K", "likes": "931", "comments": "14"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Aufrufe\n12.345\n„Gefällt mir“-Angaben\n931\nKommentare\n14", "views 12345, likes 931, comments 14"),
        ("12,4 Tsd. Aufrufe · 931 „Gefällt mir“-Angaben", "views 12400, likes 931"),
        ("1,2 Mio. Aufrufe\nErreichte Konten: 9.876\nMal gespeichert: 12", "views 1200000, reach 9876, saves 12"),
        ("Profilbesuche 120\nLinkklicks 9\nGeteilte Inhalte 4", "profile_visits 120, link_taps 9, shares 4"),
        ("Visualizaciones\n12,4 mil\nMe gusta\n931\nGuardados\n12", "views 12400, likes 931, saves 12"),
        ("12.345 reproducciones\nCuentas alcanzadas 9.876", "views 12345, reach 9876"),
        ("Visitas al perfil: 120\nClics en el enlace: 9", "profile_visits 120, link_taps 9"),
        ("12\u202f345 vues\n931 J’aime\n14 commentaires", "views 12345, likes 931, comments 14"),
        ("1,2 M de vues\nMentions J'aime 931\nComptes touchés 9 876", "views 1200000, likes 931, reach 9876"),
        ("Visites du profil\n120\nEnregistrements\n12\nPartages\n4", "profile_visits 120, saves 12, shares 4"),
        ("12,4 mil visualizações\n931 curtidas\n12 salvamentos", "views 12400, likes 931, saves 12"),
        ("Contas alcançadas 9.876\nToques no link externo 9", "reach 9876, link_taps 9"),
        ("12.345 visualizzazioni\n931 Mi piace\n14 commenti", "views 12345, likes 931, comments 14"),
        (
            "Account raggiunti\n9.876\nSalvataggi\n12\nVisite al profilo\n120",
            "reach 9876, saves 12, profile_visits 120",
        ),
        ("Accounts reached 9,876\nExternal link taps 9\nSends 4", "reach 9876, link_taps 9, shares 4"),
        ("Gefällt 931 Mal\nAlle 14 Kommentare ansehen", "likes 931, comments 14"),
        ("931 Mi piace\nMostra tutti e 45 i commenti", "likes 931, comments 45"),
        ("12,345 impressions\n931 reactions\n14 comments · 3 reposts", "views 12345, likes 931, comments 14, shares 3"),
        (  # sends are private messages: LinkedIn's own file counts reposts as shares, and so does this
            "Impressions\n12,345\nMembers reached\n9,876\nReactions\n931\nReposts\n3\nSends on LinkedIn\n1",
            "views 12345, reach 9876, likes 931, shares 3",
        ),
        ("Pin impressions 12,345\nSaves 14\nOutbound clicks 9\nPin clicks 33", "views 12345, saves 14, link_taps 9"),
        ("Ausgehende Klicks 9\nGemerkt 14", "link_taps 9, saves 14"),
        ("Clics salientes 9\nGuardados 14", "link_taps 9, saves 14"),
        ("12.437 Mal angezeigt\n3 Reposts", "views 12437, shares 3"),
        ("12 mila visualizzazioni", "views 12000"),
        ("1 view 1 like 1 comment", "views 1, likes 1, comments 1"),
    ],
)
def test_it_reads_the_languages_and_wordings_of_the_apps(text: str, found: str) -> None:
    read = pasted.read(text, platform="instagram")
    assert read.doubts == ()
    assert ", ".join(f"{name} {count.value}" for name, count in read.counts.items()) == found


@pytest.mark.parametrize("sends", ["Sends on LinkedIn 1", "1 send", "Sends 1", "Envíos 1", "Envois 1", "Invii 1"])
def test_of_a_post_on_linkedin_a_paste_takes_the_same_as_its_file(sends: str) -> None:
    address = "https://www.linkedin.com/feed/update/urn:li:activity:5"
    file = f"Post title,Post link,Created date,Impressions,Reposts\nA,{address},09/01/2026,12345,3\n"
    (row,) = post_exports.read(file.encode(), now=1_790_000_000_000, tz=ZoneInfo("UTC")).rows
    read = pasted.read(f"Impressions 12,345\nReposts 3\n{sends}", platform="linkedin")
    assert read.counts == row.counts == {"views": typed.Count(12_345, 0), "shares": typed.Count(3, 0)}
    assert len(read.unread) == 1  # it is told, and not taken
    assert pasted.read(f"{sends}\nLikes 2", platform="linkedin").counts == {"likes": typed.Count(2, 0)}


def test_a_short_form_keeps_its_rounding() -> None:
    read = pasted.read("12.4K views 931 likes", platform="tiktok")
    assert read.counts == {"views": typed.Count(12_400, 50), "likes": typed.Count(931, 0)}


def test_the_screens_of_instagram_tiktok_and_youtube_are_read_as_they_are_copied() -> None:
    reel = (
        "Reel insights\nViews\n12,400\nFollowers\n15.8%\nNon-followers\n84.2%\nAccounts reached\n9,876\nInteractions\n"
        "1,023\nLikes\n931\nComments\n14\nShares\n50\nSaves\n28\nProfile activity\n33\nProfile visits\n24\n"
        "External link taps\n9\nFollows\n3"
    )
    assert texts(reel) == {
        "non_followers": "84.2%", "views": "12,400", "reach": "9,876", "likes": "931", "comments": "14", "shares": "50",
        "saves": "28", "profile_visits": "24", "link_taps": "9",
    }  # fmt: skip
    video = (
        "Video views\n12.4K\nTotal play time\n5h:32m:10s\nAverage watch time\n4.5s\nWatched full video\n12%\n"
        "New followers\n5\nLikes\n931\nFavorites\n14"
    )
    assert texts(video, "tiktok") == {"views": "12.4K", "likes": "931", "saves": "14"}
    studio = "Views\n12.4K\nWatch time (hours)\n98.2\nSubscribers\n+12\nLikes (vs. dislikes)\n98.9%"
    assert texts(studio, "youtube") == {"views": "12.4K"}


@pytest.mark.parametrize(
    "text",
    [
        "Aufrufe\n12.345\nWiedergabezeit (Stunden)\n345,2\nAbonnenten\n+12",
        "Visualizaciones\n12.345\nTiempo de visualización (horas)\n345,2\nSuscriptores\n+12",
        "Vues\n12 345\nDurée de visionnage (heures)\n345,2\nAbonnés\n+12",
        "Visualizações\n12.345\nTempo de exibição (horas)\n345,2\nInscritos\n+12",
        "Visualizzazioni\n12.345\nTempo di visualizzazione (ore)\n345,2\nIscritti\n+12",
        "Visualizaciones de vídeos\n12.345\nNuevos seguidores\n12",
    ],
)
def test_beside_times_and_followers_the_views_of_a_video_are_read_in_every_language(text: str) -> None:
    found = pasted.read(text, platform="youtube")
    assert found.doubts == ()
    assert found.counts == {"views": typed.Count(12_345, 0)}


@pytest.mark.parametrize(
    "date",
    [
        *("Mar 5, 2024", "5 Mar 2024", "September 12, 2026", "05.03.2024", "5. März 2024", "5 mar 2024"),
        *("5 de marzo de 2024", "5 mars 2024", "1 août 2026", "5 de mar. de 2024", "5 mag 2024", "3rd May 2026"),
    ],
)
def test_a_date_in_the_same_line_is_no_number(date: str) -> None:
    for line in (f"12,345 views  {date}", f"{date} 12,345 views", f"Likes 931 {date} views 12,345"):
        assert texts(line)["views"] == "12,345"


@pytest.mark.parametrize(
    "age", ["2 w", "2w", "3 d", "2 Std.", "5 Tg.", "2 Wo.", "14 Min.", "2 sem", "3 sem.", "2 sett.", "1 hr", "4 wks"]
)
def test_an_age_behind_a_number_is_no_number(age: str) -> None:
    assert texts(f"931 likes {age}") == {"likes": "931"}
    assert texts(f"931 likes {age} 14 comments") == {"likes": "931", "comments": "14"}
    assert texts(f"Likes 931 {age}") == {"likes": "931"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("14 d'abonnés 931 vues", {"views": "931"}),
        ("12 M likes", {"likes": "12 M"}),
        ("12 mi views", {"views": "12 mi"}),
        ("931 likes 2 m", {}),
    ],
)
def test_what_is_more_than_an_age_is_not_taken_for_one(text: str, found: dict[str, str]) -> None:
    assert pasted.read(text, platform="instagram").texts == found


def test_a_day_without_a_year_is_left_to_the_creator() -> None:
    assert pasted.read("12,345 views 5 mar", platform="youtube").texts == {}


def test_a_post_of_x_with_its_date_is_read() -> None:
    found = pasted.read("5:32 PM · Nov 22, 2026 · 12.4K Views\n14 Reposts 3 Quotes 931 Likes 9 Bookmarks", platform="x")
    assert found.texts == {"views": "12.4K", "shares": "14", "likes": "931", "saves": "9"}
    assert found.doubts == ()
    assert "Quotes 3" in found.unread


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("Followers 15.8% Non-followers 84.2%", "84.2%"),
        ("15.8% Followers\n84.2% Non-followers", "84.2%"),
        ("Follower\n15,8 %\nNicht-Follower\n84,2 %", "84,2 %"),
        ("Views 12\n15.8%\nFollowers\n84.2%\nNon-followers\nAccounts reached\n9,876", "84.2%"),
    ],
)
def test_the_share_of_strangers_is_read(text: str, share: str) -> None:
    assert texts(text)["non_followers"] == share


def test_impressions_are_views_where_nothing_else_is() -> None:
    assert texts("Impressions 12,400", "x") == {"views": "12,400"}
    found = pasted.read("Impressions 45,000\nViews 12,400", platform="instagram")
    assert found.texts == {"views": "12,400"}
    assert found.unread == ("Impressions 45,000",)
    assert texts("Impressions\n45,000\nViews\n12,400", "youtube") == {"views": "12,400"}
    with pytest.raises(Invalid):
        pasted.read("Impressions 45,000", platform="youtube")


def test_what_was_not_understood_is_told() -> None:
    found = pasted.read("How we glaze\nViews 12,400\nReplays 33\nMoonshots 7\nWatch time 5h 32m", platform="instagram")
    assert found.texts == {"views": "12,400"}
    assert found.unread[0] == "How we glaze"
    assert {"Replays 33", "Moonshots 7"} <= set(found.unread)


@pytest.mark.parametrize(
    "text",
    [
        "Views 12 931 likes",
        "Insights 12,400 views 931",
        "12.4K views 931 likes 14",
        "Followers 12 views 931 interactions",
        "Views\nLikes\nComments\n12,400\n931\n14",
        "Views, likes: 12.4K, 931",
        "Views higher than usual 12,400 likes",
        "1,234K views",
        "Views 12,400\nPlays 15.4K",
        "9999999999999 views",
    ],
)
def test_nothing_is_taken_of_what_could_mean_two_things(text: str) -> None:
    found = pasted.read(text, platform="instagram")
    assert found.texts == {}
    assert len(found.doubts) == 1
    assert "“" in found.doubts[0]
    assert found.doubts[0].endswith(".")


def test_a_doubt_says_what_is_doubtful() -> None:
    for text, why in (
        ("Views 12 931 likes", "two ways"),
        ("Views, likes: 12.4K, 931", "which number belongs to which"),
    ):
        assert why in pasted.read(text, platform="instagram").doubts[0]


def test_the_same_number_twice_is_taken_in_its_exact_form() -> None:
    assert texts("Plays 12.4K\nViews 12,431") == {"views": "12,431"}


def test_a_doubt_leaves_the_rest() -> None:
    found = pasted.read("Views 12 931 likes\nComments: 14", platform="instagram")
    assert found.texts == {"comments": "14"}
    assert len(found.doubts) == 1


@pytest.mark.parametrize(
    "text",
    ["", "  \n", None, 12, "12.4K", "views", "hello", "12² views", "-5 likes", "@views12 #3likes", "12:40 views"],
)
def test_text_without_a_number_is_refused(text: object) -> None:
    with pytest.raises(Invalid) as refused:
        pasted.read(text, platform="instagram")
    assert refused.value.errors[0][0] == "pasted"


def test_a_whole_book_is_refused() -> None:
    assert texts(("x" * 60 + "\n") * 70 + "5 likes") == {"likes": "5"}
    with pytest.raises(Invalid, match="longer than 5,000"):
        pasted.read("5 likes" + " " * 5_000, platform="instagram")


_BITS = st.sampled_from(
    ["12.4K", "931", "views", "Likes", "mi piace", "84 %", "non-followers", "\n", "·", ":", "x", "--"]
)


@given(st.one_of(st.text(max_size=80), st.lists(_BITS, max_size=12).map(" ".join)))
def test_whatever_is_pasted_is_read_into_numbers_that_can_be_typed_or_refused(text: str) -> None:
    try:
        found = pasted.read(text, platform="instagram")
    except Invalid:
        return
    assert found.texts or found.doubts
    assert set(found.texts) <= {*snapshots.NUMBERS, snapshots.SHARE}
    assert len(found.counts) + ("non_followers" in found.texts) == len(found.texts)

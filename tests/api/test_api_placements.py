"""/placements"""

from api_cast import Person

from shortlinks.placements import placements


def test_it_gives_the_whole_catalogue(ben: Person) -> None:
    body = ben.get("/placements").get_json()
    assert [row["id"] for row in body["items"]] == [row.id for row in placements.all_()]
    assert body["next_cursor"] is None


def test_a_row_says_what_can_be_tapped_and_where_that_is_known_from(ben: Person) -> None:
    rows = {row["id"]: row for row in ben.get("/placements").get_json()["items"]}
    bio = rows["instagram/bio_link"]
    assert (bio["platform"], bio["name"], bio["clickable"], bio["bio"]) == ("instagram", "bio_link", True, True)
    assert rows["instagram/reel_caption"]["clickable"] is False
    assert (rows["youtube/shorts_comment"]["formats"], bio["formats"]) == (["short"], [])
    assert all(row["source"] and row["confidence"] and row["checked_on"] for row in rows.values())

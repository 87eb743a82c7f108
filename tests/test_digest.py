"""What reminders say."""

from outcome_cast import post

from shortlinks.funnels import pools
from shortlinks.reminders import digest

LINK = "https://go.example/admin/numbers"


def test_a_few_due_readings_are_named_and_the_rest_counted() -> None:
    message = digest.due([(f"Post {number}", "24 hours") for number in range(7)], LINK)
    assert message.title == "Note the numbers of 7 posts"
    assert message.lines == [*(f"Post {number} (at 24 hours)" for number in range(5)), "2 more"]
    assert digest.due([("One", "7 days")], LINK).title == "Note the numbers of 1 post"


def test_mondays_message_says_how_it_goes_what_stands_out_and_what_is_due() -> None:
    made = post(10_000, 12)
    found = pools.of([made], now=made.published_at + 1)
    outside = [("The blue mug", True), ("A plate", False)]
    message = digest.weekly(found, outside, "2 of 9 posts lie outside the usual range.", ["A", "B"], LINK)
    assert message.lines[0].startswith(f"{found[0].where}: 12 clicks from 10,000 views of 1 post: about 1 per 830")
    assert message.lines[1:] == [
        "The blue mug: more clicks than usual.",
        "A plate: fewer clicks than usual.",
        "2 of 9 posts lie outside the usual range.",
        "2 posts want their numbers noted: A and B.",
    ]
    assert message.link == LINK


def test_a_quiet_week_says_so() -> None:
    assert digest.weekly([], [], "", [], LINK).lines == [
        "No post of the last 28 days has views to count by yet.",
        "No numbers are due.",
    ]
    many = digest.weekly([], [], "", list("ABCDEFG"), LINK).lines[-1]
    assert many == "7 posts want their numbers noted: A, B, C, D, E and 2 more."
    assert digest.weekly([], [], "", ["A"], LINK).lines[-1] == "1 post wants its numbers noted: A."

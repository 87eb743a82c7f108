"""The steps of a post's path in words: what each number counts, and where people are who get lost before the next. Pure."""

Step = tuple[str, str]
"""From one number of the path to a later one."""

NOUNS = {
    "views": "view",
    "profile_visits": "profile visit",
    "link_taps": "link tap",
    "clicks": "click",
    "conversions": "conversion",
}
BETWEEN = {
    ("views", "profile_visits"): "between watching and looking at your profile",
    ("views", "link_taps"): "between watching and tapping the link",
    ("views", "clicks"): "between watching and tapping the link",
    ("profile_visits", "link_taps"): "between your profile and the link",
    ("profile_visits", "clicks"): "between your profile and the link",
    ("link_taps", "clicks"): "between the tap and our server",
    ("clicks", "conversions"): "between arriving and buying",
}

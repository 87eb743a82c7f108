"""A client of the API that needs nothing but Python: `API=https://go.example TOKEN=slk_… python3 client.py`."""

import json
import os
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

HOME, TOKEN = os.environ["API"], os.environ["TOKEN"]
LINK = {"placement": "bio_link", "target": "https://shop.example/bowls", "click_id_param": "ref"}
POST = {"platform": "instagram", "kind": "reel", "title": "Glazing the blue bowls", "links": [LINK]}
SNAPSHOT, SALE = {"views": "12.4K", "likes": 931}, {"kind": "sale", "amount_minor": 3900, "currency": "EUR"}


class Refused(Exception):
    """What the service says no to: `status`, a sentence, and of bad input every field at fault."""

    def __init__(self, problem):
        fields = "".join(f"\n  {each['field']} {each['message']}" for each in problem.get("errors", []))
        super().__init__(f"{problem['status']}: {problem['detail']}{fields}")
        self.status = problem["status"]


def call(method, path, body=None, **query):
    """One call, such as `call("GET", "/posts", limit=10)`. Returns the answer; raises Refused."""
    address = f"{HOME}/api/v1{path}?{urlencode(query)}"
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(address, data, headers, method=method), timeout=30) as answer:
            if answer.url != address:
                raise SystemExit(f"Set API to where {answer.url} is: a redirect makes a GET of a POST.")
            return json.loads(answer.read() or "null")
    except HTTPError as error:
        text, ours = error.read(), error.headers.get_content_type() == "application/problem+json"  # no proxy's page
        raise Refused(json.loads(text) if ours else {"status": error.code, "detail": error.reason}) from None


def every(path, **query):
    """All items of a list, page after page."""
    while True:
        page = call("GET", path, **query)
        yield from page["items"]
        if page["next_cursor"] is None:
            return
        query["cursor"] = page["next_cursor"]


if __name__ == "__main__":
    post = call("POST", "/posts", POST)
    print("Put this into your bio:", post["links"][0]["short_url"])
    call("POST", f"/posts/{post['id']}/snapshots", SNAPSHOT)
    call("POST", "/conversions", {"external_id": f"order-{post['id']}", "slug": post["links"][0]["slug"], **SALE})
    for step in call("GET", f"/posts/{post['id']}/funnel")["steps"]:
        print(f"{step['name']:>12} {step['count']}")
    print("Posts:", ", ".join(each["title"] for each in every("/posts", limit=20)))
    try:
        call("POST", "/posts", {"platform": "instagram", "link": "https://shop.example/"})
    except Refused as refused:
        print(refused)

"""Other shorteners' clients, unmodified, against the real service. `make clients` installs them into build/clients."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from service import AGENT, TOKEN, Service, on_linux

from shortlinks.owner import signatures
from shortlinks.posts import posts

pytestmark = pytest.mark.skipif(not on_linux, reason="finds processes in /proc")

HERE = Path(__file__).parent / "clients"
INSTALLED = Path(__file__).parent.parent / "build" / "clients"
PROGRAM = "curl/8.5.0"


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of clients of a service where /mug was followed by two people and a program, and one person mistyped it."""
    with Service(tmp_path_factory.mktemp("clients")) as service:
        service.supervise()
        base = f"http://localhost:{service.port}"
        sent = {"longUrl": "https://shop.example/mug", "customSlug": "mug"}
        status, made = service.call("POST", "/rest/v3/short-urls", sent, **{"X-Api-Key": TOKEN})
        assert (status, made["shortUrl"]) == (200, f"{base}/mug")
        for agent in (AGENT, AGENT.replace("Pixel 8", "Pixel 9"), PROGRAM):
            assert service.call("GET", "/mug", **{"User-Agent": agent})[0] == 302
        assert service.call("GET", "/mugg")[0] == 404
        service.settle()
        signature = signatures.of_token("environment", service.environ["SECRET_KEY"])
        yield os.environ | {"BASE": base, "KEY": TOKEN, "SIGNATURE": signature}
        (found, _) = posts.list_(service.store, limit=100)
        assert {post.platform for post in found} == {"other"}


def run(command: list[str], known: dict[str, str], **settings: str) -> str:
    assert INSTALLED.is_dir(), "`make clients` installs the clients"
    ended = subprocess.run(command, cwd=INSTALLED, env=known | settings, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout.strip()


def script(name: str, known: dict[str, str]) -> str:
    """What a script says that Node runs beside the packages of npm."""
    text = (HERE / name).read_text("utf-8")
    return run(["node", "--input-type=module", "--eval", text], known)


def test_every_call_of_shlinks_own_sdk(known: dict[str, str]) -> None:
    assert script("shlink.mjs", known) == "23 calls"


def test_a_client_of_shlinks_older_api(known: dict[str, str]) -> None:
    assert script("shlink_v2.mjs", known) == "done"


def test_yourls_client_for_web_pages(known: dict[str, str]) -> None:
    assert script("yourls.mjs", known) == "done"


def test_kutts_client_for_javascript(known: dict[str, str]) -> None:
    assert script("kutt.mjs", known) == "done"


def test_clients_for_python(known: dict[str, str]) -> None:
    assert run([sys.executable, str(HERE / "python_clients.py")], known, PYTHONPATH=str(INSTALLED / "python")) == "done"

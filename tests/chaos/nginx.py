"""The reverse proxy in front, with the configuration that the documentation recommends."""

import getpass
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NGINX_CONF = Path(__file__).parent.parent.parent / "docs" / "nginx.conf"


@contextmanager
def nginx(folder: Path, port: int, upstream: int) -> Iterator[int]:
    """nginx with the configuration that the documentation recommends, on these ports. Gives its process id."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "The reverse proxy is tested with nginx. On Debian: sudo apt install nginx-light"
    home = folder / "nginx"
    home.mkdir()
    places = " ".join(
        f"{name}_temp_path {home}/{name};" for name in ("client_body", "proxy", "fastcgi", "scgi", "uwsgi")
    )
    text = NGINX_CONF.read_text("utf-8")
    for recommended, here in {
        "user www-data;": f"user {getpass.getuser()};",
        "worker_processes auto;": "worker_processes 1;",
        "/var/log/nginx/error.log": f"{home}/error.log",
        "listen 80;": f"listen 127.0.0.1:{port};",
        "127.0.0.1:8000": f"127.0.0.1:{upstream}",
        "http {": f"http {{ {places}",
    }.items():
        assert text.count(recommended) == 1, recommended
        text = text.replace(recommended, here)
    (home / "nginx.conf").write_text(text, "utf-8")
    words = ["-p", str(home), "-c", f"{home}/nginx.conf", "-e", f"{home}/error.log"]
    process = subprocess.Popen([program, *words, "-g", f"daemon off; pid {home}/pid;"])
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()

"""Searching all that the service wrote, and an address or a secret in whatever way it may be spelled there."""

import hashlib
import ipaddress
import zlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import redis

_DEFLATED = (b"x\x01", b"x^", b"x\x9c", b"x\xda")
_HASHES = ("md5", "sha1", "sha256", "blake2b")


def unpacked(data: bytes) -> bytes:
    """The same with everything in it that zlib has compressed (RFC 1950) spelled out in its place."""
    parts, at, start = [], 0, 0
    while starts := [place for place in (data.find(mark, at) for mark in _DEFLATED) if place >= 0]:
        at = min(starts)
        inflate = zlib.decompressobj()
        with suppress(zlib.error):
            plain = inflate.decompress(data[at:])
            if inflate.eof:
                parts += [data[start:at], plain]
                start = at = len(data) - len(inflate.unused_data)
                continue
        at += 1
    return b"".join([*parts, data[start:]])


def of_redis(client: redis.Redis) -> Iterator[tuple[str, bytes]]:
    """Every key with its name and all that it holds, and the commands that the server remembers for having been slow."""
    assert set(client.info("keyspace")) <= {"db0"}
    for key in client.scan_iter(count=1_000):
        kind = client.type(key).decode()
        held: list[bytes] = []
        match kind:
            case "string":
                held = [client.get(key) or b""]
            case "hash":
                held = [part for pair in client.hgetall(key).items() for part in pair]
            case "list":
                held = client.lrange(key, 0, -1)
            case "set":
                held = list(client.smembers(key))
            case "zset":
                held = [
                    part for name, score in client.zrange(key, 0, -1, withscores=True) for part in (name, b"%d" % score)
                ]
            case "stream":
                held = [part for _, fields in client.xrange(key) for pair in fields.items() for part in pair]
            case "none":  # it has expired meanwhile
                pass
            case _:
                raise AssertionError(f"{key!r} is a {kind}, which nobody searches")
        yield f"{kind} {key.decode()}", b"\n".join([key, *map(unpacked, held)])
    yield "slow log", b"\n".join(entry["command"] for entry in client.slowlog_get(10_000))


def of_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file with its name. One that is replaced meanwhile is read as far as that goes."""
    for path in sorted(folder.rglob("*")):
        with suppress(FileNotFoundError):
            if path.is_file():
                name = str(path.relative_to(folder))
                yield f"file {name}", name.encode() + b"\n" + unpacked(path.read_bytes())


def find(places: Iterable[tuple[str, bytes]], spelled: dict[str, set[bytes]]) -> dict[str, set[str]]:
    """Where which of the things sought stands, in any of its spellings: the places by thing."""
    found: dict[str, set[str]] = {}
    for place, content in places:
        for thing, spellings in spelled.items():
            if any(spelling in content for spelling in spellings):
                found.setdefault(thing, set()).add(place)
    return found


def spellings_of_bytes(raw: bytes) -> set[bytes]:
    """Bytes as they are, reversed, as hex, as base64 wherever it begins, and escaped as C, Python, JSON or a URL have it."""
    made = {raw, raw[::-1]}
    for octets in (raw, raw[::-1]):
        text = octets.hex()
        made |= {text.encode(), text.upper().encode(), b" ".join(b"%02x" % octet for octet in octets)}
        made |= {"".join(f"\\x{octet:02x}" for octet in octets).encode(), repr(octets)[2:-1].encode()}
    made |= {"".join(f"%{octet:02X}" for octet in raw).encode(), quote(raw).encode()}
    made.add("".join(f"\\u{octet:04x}" for octet in raw).encode())
    for encode in (b64encode, urlsafe_b64encode):
        made.add(encode(raw).rstrip(b"="))
        if len(raw) > 8:  # of few bytes too little is left in the midst of others to be told from chance
            for before in (1, 2):
                made.add(encode(b"\0" * before + raw)[before + 1 :].rstrip(b"=")[:-1])
    return made


def spellings_of_address(address: str) -> set[bytes]:
    """An address (without port or zone) as text in each notation, as bytes, as a number, reversed, and hashed without a key."""
    parsed = ipaddress.ip_address(address)
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    plain = mapped or parsed
    forms = {plain, ipaddress.ip_address(b"\0" * 10 + b"\xff\xff" + plain.packed) if plain.version == 4 else plain}
    texts = {address} | {text for form in forms for text in (form.compressed, form.exploded, form.reverse_pointer)}
    if plain.version == 4:
        # Also where its last number was cut off, as some do who call that anonymous.
        texts |= {f"::ffff:{plain}", str(plain).rpartition(".")[0] + "."}
    else:
        texts.add(":".join(f"{int(group, 16):x}" for group in plain.exploded.split(":")))
        texts.add(":".join(plain.exploded.split(":")[:4]))
        texts.add(":".join(f"{int(group, 16):x}" for group in plain.exploded.split(":")[:4]))
    made = {
        spelling
        for text in texts
        for form in (text, text.upper())
        for spelling in (form.encode(), quote(form).encode())
    }
    made |= spellings_of_bytes(plain.packed)
    if plain.version == 6:
        made |= spellings_of_bytes(plain.packed[:8])
    for number in {int(plain), int.from_bytes(plain.packed, "little")}:
        made |= {str(number).encode(), f"{number:x}".encode()}
    for text in (*texts, plain.packed):
        for name in _HASHES:
            digest = hashlib.new(name, text if isinstance(text, bytes) else text.encode()).digest()
            made |= {digest[:8], digest[:8].hex().encode(), b64encode(digest)[:10]}
    return made

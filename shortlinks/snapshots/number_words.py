"""What the apps call the numbers of a post, in English, German, Spanish, French, Portuguese and Italian. Pure.

Instagram, TikTok, YouTube, Facebook, X, LinkedIn, Pinterest and Threads, as their insight screens and the posts themselves
have it. A space stands for spaces and hyphens, quotation marks are left out.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

SHARE = "non_followers"
"""The one thing of a snapshot that is no count (see snapshots)."""


class Word(NamedTuple):
    """What a word stands for: a `field` of a snapshot, or "" for a number that is not kept.

    `weak` words stand for it only where no other word does: X calls views impressions, Instagram once had both.
    """

    field: str
    weak: bool = False


_STRONG = {
    "views": """
        views|video views|post views|total views|plays|video plays|total plays
        aufrufe|aufruf|videoaufrufe|wiedergaben|wiedergabe|ansichten|mal angezeigt
        visualizaciones|visualización|reproducciones|reproducción|vistas|visualizaciones de video
        visualizaciones de videos|visualizaciones de vídeo|visualizaciones de vídeos
        vues|vue|lectures|lecture|visionnages|vues de la vidéo
        visualizações|visualização|reproduções|reprodução
        visualizzazioni|visualizzazione|riproduzioni|riproduzione""",
    "likes": """
        likes|gefällt mir angaben|gefällt mir angabe|gefällt mir|gefällt|me gusta|j'aime|mentions j'aime|mention j'aime
        curtidas|curtida|gostos|gosto|mi piace""",
    "reach": """
        accounts reached|reached accounts|members reached|reach|people reached|reached audience|viewers
        erreichte konten|erreichte personen|reichweite|zuschauer
        cuentas alcanzadas|personas alcanzadas|alcance|espectadores
        comptes touchés|comptes atteints|personnes touchées|couverture|portée|spectateurs
        contas alcançadas|pessoas alcançadas
        account raggiunti|persone raggiunte|copertura|spettatori""",
    "comments": """
        comments|kommentare|kommentar|comentarios|comentario|commentaires|commentaire|comentários|comentário
        commenti|commento""",
    "shares": """
        shares|sends|geteilt|mal geteilt|geteilte inhalte|weiterleitungen
        compartidos|compartido|compartidas|veces compartido|envíos
        partages|partage|envois|compartilhamentos|compartilhamento|partilhas|envios
        condivisioni|condivisione|invii""",
    "saves": """
        saves|saved|bookmarks|favorites|favourites
        gespeichert|mal gespeichert|gemerkt|speicherungen|lesezeichen|favoriten
        guardados|guardado|veces guardado|elementos guardados|favoritos
        enregistrements|enregistrement|enregistré|signets|favoris
        salvamentos|salvos|itens salvos|salvataggi|salvati|elementi salvati|segnalibri|preferiti""",
    "profile_visits": """
        profile visits|profile visit|profile views|visits to profile
        profilbesuche|profilbesuch|profilaufrufe|profilaufruf
        visitas al perfil|visitas del perfil|visualizaciones del perfil
        visites du profil|visites de profil|visites sur le profil|visites au profil|vues du profil
        visitas ao perfil|visitas do perfil|visualizações do perfil
        visite al profilo|visite del profilo|visualizzazioni del profilo""",
    "link_taps": """
        link clicks|link click|link taps|url clicks|external link taps|external link clicks|website taps|website clicks
        link sticker taps|bio link clicks|outbound clicks
        linkklicks|link klicks|klicks auf link|klicks auf links|klicks auf den link|klicks auf externe links
        ausgehende klicks|clics salientes|clics sortants|cliques de saída|antippen externer links|websiteklicks|website klicks
        clics en el enlace|clics en enlaces|clics en enlace|toques en el enlace|toques en el enlace externo
        clics en el sitio web|clics de url
        clics sur le lien|clics sur un lien|clics sur les liens|clics sur des liens|appuis sur le lien externe
        clics sur le site web
        cliques no link|cliques em links|toques no link|toques no link externo|cliques no site
        clic sul link|clic sui link|clic su link|tocchi sul link|tocchi sul link esterno|clic sul sito web""",
    SHARE: """
        non followers|non follower|nicht follower|no seguidores|non abonnés|não seguidores""",
    "": """
        followers|follows|following|new followers|new follows|follower|neue follower|abonnenten|subscribers
        seguidores|nuevos seguidores|abonnés|nouveaux abonnés|novos seguidores|nuovi follower
        accounts engaged|interactions|post interactions|engagements|engagement|engagement rate|profile activity
        watch time|average watch time|total watch time|total play time|watch time hours|replays|initial plays|dislikes
        likes (vs. dislikes)|watch time (hours)
        detail expands|media views|media engagements|quotes|quote posts|votes|exits|next story|story navigation
        impressions click through rate|click through rate|skip rate|sends on linkedin
        konten mit interaktion|interaktionen|profilaktivität|wiedergabezeit|durchschnittliche wiedergabezeit
        suscriptores|inscritos|inscrições|iscritti|wiedergabezeit (stunden)
        tiempo de visualización|tiempo de visualización (horas)|tiempo de reproducción (horas)
        durée de visionnage (heures)|tempo de exibição (horas)|tempo di visualizzazione (ore)
        interacciones|cuentas que interactuaron|actividad del perfil|tiempo de reproducción
        comptes ayant interagi|activité du profil|durée de visionnage
        interações|contas com engajamento|atividade do perfil|tempo de exibição
        interazioni|account con interazioni|attività del profilo|tempo di visualizzazione""",
}
_WEAK = {
    "views": """
        impressions|impression|pin impressions|impressions de la vidéo
        impressionen|impresiones|impresión|impressões|impressão|impressioni|impressione""",
    "likes": "reactions|reaktionen|reacciones|réactions|reações|reazioni",
    "comments": """
        replies|antworten|antwort|respuestas|respuesta|réponses|réponse|respostas|resposta|risposte|risposta""",
    "shares": """
        reposts|retweets|reposteos|republications|republicações|ripubblicazioni""",
}
_SINGULAR = {
    "views": "view|play",
    "likes": "like|reaction",
    "comments": "comment|reply",
    "shares": "share|repost|retweet|send",
    "saves": "save|bookmark|favorite|favourite",
}
_FILLERS = """
    a an and all by de del des di do da du d' e et for from i in la le les my of on the this to und u y your total
    gesamt insgesamt times mal veces fois vezes volte"""
FILLERS = frozenset(_FILLERS.split())
"""Words between a number and what it counts that say nothing themselves."""
_BUTTONS = "view insights|view all|view more|view analytics|see insights|see all|ver todos|insights ansehen"
# YouTube's impressions are those of the thumbnail, before anybody viewed.
_NO_VIEWS = "youtube"
# LinkedIn's sends are private messages, told beside its reposts, which are the shares also of its own file (post_exports.toml).
_NO_SHARES = "linkedin"
_SENDS = frozenset({"send", "sends", "weiterleitungen", "envíos", "envois", "envios", "invii"})


def _all(table: Mapping[str, str], *, weak: bool = False) -> dict[str, Word]:
    return {
        word.strip(): Word(field, weak)
        for field, text in table.items()
        for line in text.splitlines()
        for word in line.split("|")
        if word.strip()
    }


_WORDS = _all(_STRONG) | _all(_WEAK, weak=True)
_ONE = _all(_SINGULAR)
_SILENT = frozenset(_BUTTONS.split("|"))
_SPACE = r"[ \-‐‑]+"
_LONGEST_FIRST = sorted({*_WORDS, *_ONE, *_SILENT}, key=len, reverse=True)
_ANY = "|".join(re.escape(word).replace(r"\ ", _SPACE) for word in _LONGEST_FIRST)


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    # Most processes read no pasted numbers, and this is the longest to make of all that they load.
    return re.compile(rf"(?<![^\W\d_])(?:{_ANY})(?![^\W\d_])", re.IGNORECASE)


def at(text: str, place: int, *, platform: str, after_one: bool) -> tuple[int, Word | None] | None:
    """How long the word is that begins at `place` and what it stands for there; None where none begins.

    It stands for nothing (None) where it is a button's: "Like" counts something only behind a 1 (`after_one`).
    """
    found = _pattern().match(text, place)
    if found is None:
        return None
    word = re.sub(_SPACE, " ", found[0].lower())
    length = len(found[0])
    if word in _SILENT or (word in _ONE and not after_one):
        return length, None
    meant = _ONE.get(word) or _WORDS[word]
    if platform == _NO_VIEWS and meant == Word("views", weak=True):
        meant = Word("")
    if platform == _NO_SHARES and word in _SENDS:
        meant = Word("")
    return length, meant

"""Words that are names of people too, or that look like one: what blinding must not take for a person by itself."""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


EVERYDAY = _set(
    """
    added admin after agent agree alpha amber angel anna app apply april art ash ask august autumn baker bank bar
    basic basil before berry beta bill bishop black body bond book box brief bright brook brown bug build bush
    call carter case cause cell chance chase check chip christian clear cliff close code commit cook cooper
    correction cost count court coverage crystal dale dash data dawn day dean decision default design detail dev
    dir don dot draft drew duke earl early edit ember english entries entry error event fair faith field file
    finding first fisher flora florence ford forest form found fox frank free gene given glance glen good grace
    grade grant gray green group guide guy hand hardy harmony hart heading heath hex hidden history holly home
    hope hour hunter idea index input int iris item iter ivy jack jan jasmine java jay jean jet job join joy july
    june key kind king kit label lake lane lang last late law lead left len level lily limit line link linus list
    local lock log long love major man manifest map marina mark martin mason match max may measure mercy merit
    miles mill miller min minute model moment moore more moses name need new noble north note observed olive open
    order out own page park parker part pass pat path patience pearl penny person piece pierce pike pilot pitt
    place plan point pop porter post power price prime prompt prose pull python queen quote rain raise rand ranger
    rate ray read reading reason record reed report rest result retry review rex rich right ring rob robin rock
    rod rose row royal ruby rule run rush rust rusty sage sally sample sandy scarlet script sean section sense
    session set severe shape share sharp shaw shell short show sign skill sky small smart smith snow sol son
    source spring star start state step stone stop storm string strong style sue sum summary summer sunny swift
    table tad tank task taylor terry test tests text the theme thing tier time title toby tone tool total trace
    tree trip true turn turner type user val value verification view violet voice walker ward ware warren water
    way weak weaver web week wells west white wild will winter wise with wolf wood word work wright write yes
    young
    """
)
"""Everyday words, and the report's own: a person called so is blanked only where the word has a capital."""

PARTICLES = _set("and bin das del den der des dos ibn jnr les san van von zum zur")
"""Small words inside of names, which say nothing alone (and `bin` is a folder)."""

MAILBOXES = _set(
    "admin contact dev developer github gitlab git hello hi info jobs mail me noreply office postmaster root "
    "support team test user webmaster work example examples hiring interview interviews takehome company candidate"
)
"""Local parts of addresses that name no person."""

TOOLS = _set(
    "actions agent aider amp anthropic bard bot chatgpt claude cline codex copilot cursor devin gemini github gitlab "
    "gpt haiku jules llama mistral openai opencode opus sonnet windsurf"
)
"""AI tools and forges: blanking these words would blank the evidence on how AI was used."""

SHARED_FOLDERS = _set(
    "app circleci codespace default gitpod node public root runner runneradmin sandbox shared ubuntu user vscode work "
    "username name you yourname"
)
"""Home folders that belong to machines, not to people."""

NOBODYS_DOMAINS = (
    *("example.com", "example.net", "example.org"),
    *(".example", ".invalid", ".test", ".localhost", ".local"),
)
"""Domains that nobody's address is in (RFC 2606)."""

"""The control page of the Hostaway sandbox as HTML text. Everything shown is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape

from integrations.sandbox_forms import Choice, check, entry, form, select

STYLE = """
:root{--ink:#22252b;--soft:#59616d;--line:#dcdfe5;--card:#fff;--back:#f6f4f0;--main:#8a3a12;
--bad:#a3211b;--good:#1c6b3c}
*{box-sizing:border-box}
body{margin:0;font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;color:var(--ink);
background:var(--back)}
header{background:#4a2411;color:#fff;padding:1rem}
header p{margin:.2rem 0 0;color:#f2ded2}
h1{margin:0;font-size:1.35rem}
main{max-width:78rem;margin:0 auto;padding:1rem;display:grid;gap:1rem}
@media(min-width:64rem){main{grid-template-columns:minmax(0,3fr) minmax(0,2fr);align-items:start}}
.column{display:grid;gap:1rem;min-width:0}.whole{grid-column:1/-1}
section,.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem;
min-width:0}
h2{font-size:1.1rem;margin:0 0 .6rem}h3{font-size:1rem;margin:1rem 0 .4rem}
p{margin:.4rem 0}.soft{color:var(--soft);font-size:.9rem}
form{display:flex;flex-wrap:wrap;gap:.6rem;align-items:end;margin:.5rem 0}
label{display:grid;gap:.2rem;font-size:.9rem;color:var(--soft)}
label.check{display:flex;align-items:center;gap:.4rem;min-height:2.75rem}
input,select,button{font:inherit;color:inherit;min-height:2.75rem;padding:.4rem .6rem;
border:1px solid #8a8f99;border-radius:.4rem;background:#fff;max-width:100%}
input[type=checkbox]{min-height:1.2rem;width:1.2rem}input[type=number]{width:6rem}
button{background:var(--main);border-color:var(--main);color:#fff;font-weight:600;cursor:pointer;
padding:.4rem 1rem}
button.quiet{background:#fff;color:var(--main)}
button.bad{background:#fff;color:var(--bad);border-color:var(--bad)}
:is(button,input,select,summary,a,.scroll):focus-visible{outline:3px solid #1f6fb2;outline-offset:2px}
.chips{display:flex;flex-wrap:wrap;gap:.4rem;margin:.7rem 0 0;padding:0;list-style:none}
.chips li{background:#fff;color:var(--ink);border-radius:1rem;padding:.1rem .7rem;font-size:.9rem}
.chips li.warn{background:#ffe3b0}
.notice{border-left:.4rem solid var(--good);font-weight:600}.notice.bad{border-color:var(--bad)}
details{border-top:1px solid var(--line)}details:last-of-type{border-bottom:1px solid var(--line)}
summary{padding:.6rem 0;cursor:pointer;min-height:2.75rem}
.badge{display:inline-block;border-radius:.3rem;padding:0 .45rem;font-size:.8rem;font-weight:700;
background:#e6dcf6;color:#432278}
.badge.on,td.available{background:#dcefe3;color:#134b2a}
.badge.off,td.blocked{background:#f6dcda;color:#7b1813}
.badge.wait,td.pending{background:#fff0cc;color:#6b4700}
td.reserved{background:#dde6f3;color:#1d3d66}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.88rem}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
th[scope=row]{position:sticky;left:0;background:#fff;white-space:nowrap}
td small{display:block;white-space:nowrap}td.long{word-break:break-all}
dl{display:grid;grid-template-columns:auto 1fr;gap:.2rem 1rem;margin:.4rem 0}dt{color:var(--soft)}
dd{margin:0}code{font-size:1rem;word-break:break-all}
"""


@dataclass(frozen=True)
class BookingLine:
    """One reservation as the control page lists it; `units` are the units it could move to."""

    id: int
    title: str
    where: str
    arrival: str
    departure: str
    status: str
    detail: str
    kind: str
    is_inquiry: bool = False
    can_miss: bool = False
    units: list[Choice] = field(default_factory=list)


@dataclass(frozen=True)
class Cell:
    """One night of one listing: the status word, what is sold, and when it was written last."""

    status: str
    text: str
    updated: str


def control_page(
    *,
    notice: str,
    failed: bool,
    chips: Iterable[tuple[str, bool]],
    left: Iterable[str],
    right: Iterable[str],
    below: Iterable[str],
) -> str:
    """Return the whole page; a chip is (text, needs attention)."""
    styles = {True: ' class="warn"', False: ""}
    items = "".join(f"<li{styles[warn]}>{escape(text)}</li>" for text, warn in chips)
    kind = "notice bad" if failed else "notice"
    note = f'<p class="card whole {kind}" role="status">{escape(notice)}</p>' if notice else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>Hostaway sandbox</title><link rel="icon" href="data:,"><style>{STYLE}</style></head>'
        "<body><header><h1>Hostaway sandbox</h1>"
        "<p>A local stand-in for Hostaway. What you do here reaches the hotel as a webhook, as the channels do.</p>"
        f'<ul class="chips">{items}</ul></header>'
        f'<main>{note}<div class="column">{"".join(left)}</div><div class="column">{"".join(right)}</div>'
        f'<div class="column whole">{"".join(below)}</div></main></body></html>'
    )


# -- cards -------------------------------------------------------------------------------------------------


def credentials_card(accounts: Iterable[tuple[str, str, str]]) -> str:
    """Return what to type in to connect; an account is (name, id, secret)."""
    rows = "".join(
        f"<h3>{escape(name)}</h3><dl><dt>Account ID</dt><dd><code>{escape(number)}</code></dd>"
        f"<dt>API secret</dt><dd><code>{escape(secret)}</code></dd></dl>"
        for name, number, secret in accounts
    )
    return f'<section><h2>Connect with</h2><p class="soft">Invented accounts of this sandbox.</p>{rows}</section>'


def book_card(
    *, listings: Iterable[Choice], channels: Iterable[Choice], statuses: Iterable[Choice], arrival: str, departure: str
) -> str:  # fmt: skip
    fields = (
        select("Listing", "listing", listings)
        + entry("Arrival", "arrival", arrival, "date", "required")
        + entry("Departure", "departure", departure, "date", "required")
        + entry("Guest", "guest", "Mara Quill", "text", 'required maxlength="100"')
        + select("Channel", "channel", channels)
        + select("Status", "status", statuses)
        + entry("Units", "units", 1, "number", 'min="1" max="3"')
        + entry("Adults", "adults", 2, "number", 'min="1" max="9"')
        + entry("Children", "children", 0, "number", 'min="0" max="9"')
        + entry("Note", "note", "", "text", 'maxlength="200"')
        + check("Even if it is not on sale", "overbook")
        + check("Dates not given", "unspecified")
    )
    zero = form("zero_nights", "", "Add a row of zero nights", style="quiet")
    return f"<section><h2>New booking</h2>{form('book', fields, 'Book')}{zero}</section>"


def reservations_card(lines: Iterable[BookingLine], *, total: int, query: str, statuses: list[Choice]) -> str:
    search = (
        f'<form method="get" action="./">{entry("Find by guest, number, listing or status", "q", query)}'
        '<button class="quiet">Find</button></form>'
    )
    body = "".join(_booking_line(line, statuses) for line in lines)
    empty = "" if body else "<p>No reservation matches.</p>"
    return (
        f'<section><h2>Reservations</h2><p class="soft">{total} in all, newest change first. '
        f"Open one to act on it.</p>{search}{body}{empty}</section>"
    )


def _booking_line(line: BookingLine, statuses: list[Choice]) -> str:
    summary = (
        f'<summary><span class="badge {escape(line.kind)}">{escape(line.status)}</span> '
        f"<strong>{escape(line.title)}</strong> {escape(line.where)}<br>{escape(line.arrival)} to "
        f'{escape(line.departure)} <span class="soft">{escape(line.detail)}</span></summary>'
    )
    hidden = {"id": line.id}
    overbook = check("Even if taken", "overbook")
    dates = entry("Arrival", "arrival", line.arrival, "date", "required")
    dates += entry("Departure", "departure", line.departure, "date", "required")
    by = select("Cancelled by", "by", [Choice("guest", "The guest"), Choice("host", "The host")])
    note = entry("Internal note", "note", "", "text", 'maxlength="200"')
    actions = [
        form("change", dates + overbook, "Change dates", hidden=hidden),
        form("status", select("Status", "status", statuses) + overbook, "Set status", hidden=hidden),
        form("cancel", by, "Cancel", style="bad", hidden=hidden),
        form("touch", note, "Write without a webhook", style="quiet", hidden=hidden),
        form("message", "", "Let the guest write", style="quiet", hidden=hidden),
        form("delete", "", "Delete the row", style="bad", hidden=hidden),
    ]
    if line.units:
        actions.insert(1, form("move", select("Unit", "unit", line.units), "Move", hidden=hidden))
    if line.is_inquiry:
        actions.insert(0, form("book_inquiry", "", "Book it (a second row)", hidden=hidden))
    if line.can_miss:
        actions.append(form("no_show", "", "Report no show", style="quiet", hidden=hidden))
    return f"<details>{summary}{''.join(actions)}</details>"


def faults_card() -> str:
    statuses = [Choice(status, status) for status in ("500", "502", "503", "429", "403", "401", "400", "404")]
    fail = (
        entry("Calls", "n", 1, "number", 'min="1" max="1000"')
        + select("Answer", "status", statuses)
        + entry("Only paths with", "path_part", "", "text", 'maxlength="100" placeholder="/reservations"')
    )
    slow = entry("Seconds", "seconds", 5, "number", 'min="0" max="120"')
    secret = entry("New secret of account 10001", "secret", "", "text", 'required maxlength="60"')
    return (
        "<section><h2>Faults</h2>"
        + form("fail", fail, "Fail next calls")
        + form("slow", slow, "Be slow")
        + form("exhaust", "", "Use up the allowed calls", style="quiet")
        + form("clear", "", "No more faults", style="quiet")
        + "<h3>Access</h3>"
        + form("expire", "", "Expire access tokens", style="quiet")
        + form("secret", secret, "Change the secret", style="bad")
        + '<h3>Start again</h3><p class="soft">New demo data. Tokens and webhooks are gone too: connect '
        "again afterwards.</p>" + form("reset", "", "Reset everything", style="bad") + "</section>"
    )


def webhooks_card(
    *, switches: Iterable[tuple[str, str, bool]], waiting: int, subscriptions: Iterable[tuple[str, ...]]
) -> str:
    """Return the webhook switches and subscriptions; a switch is (action, label, is on)."""
    forms = "".join(
        form(
            action,
            "",
            f"{label}: {'on, switch off' if on else 'off, switch on'}",
            style="" if on else "quiet",
        )
        for action, label, on in switches
    )
    head = ("Account", "Address", "Enabled", "Login")
    rows = _table(head, subscriptions, "No subscription yet.")
    return (
        f'<section><h2>Webhooks</h2><p class="soft">{waiting} waiting.</p>{forms}'
        + form("again", "", "Send the last event again", style="quiet")
        + form("disable", "", "Disable, as after five days of failures", style="bad")
        + f"<h3>Subscriptions</h3>{rows}</section>"
    )


def log_card(attempts: Iterable[tuple[str, ...]]) -> str:
    head = ("Time (UTC)", "Event", "Object", "Try", "Answer", "State")
    table = _table(head, attempts, "Nothing was delivered yet.")
    return f"<section><h2>Webhook deliveries</h2>{table}</section>"


def calendar_card(
    *, first: str, nights: int, listings: Iterable[str], rows: Iterable[tuple[str, list[Cell]]]
) -> str:
    """Return the table of what is sold now: a row for each night, a column for each listing."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in listings)
    body = "".join(
        f'<tr><th scope="row">{escape(night)}</th>{"".join(map(_cell, cells))}</tr>' for night, cells in rows
    )
    form = (
        f'<form method="get" action="./">{entry("From the night of", "from", first, "date")}'
        '<button class="quiet">Show</button></form>'
    )
    return (
        f"<section><h2>What Hostaway sells now</h2>{form}"
        f'<p class="soft">{nights} nights. Each cell: the state of the night, free units of all units, price, '
        "minimum stay, and when the calendar was written last (UTC).</p>"
        '<div class="scroll" tabindex="0" role="region" aria-label="What Hostaway sells now">'
        f'<table><thead><tr><th scope="col">Night</th>{head}</tr></thead><tbody>{body}</tbody></table>'
        "</div></section>"
    )


def _cell(cell: Cell) -> str:
    return (
        f'<td class="{escape(cell.status)}"><strong>{escape(cell.status)}</strong> '
        f"<small>{escape(cell.text)}</small><small>{escape(cell.updated)}</small></td>"
    )


# -- parts -------------------------------------------------------------------------------------------------


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]], empty: str) -> str:
    cells = ""
    for row in rows:
        cells += "<tr>" + "".join(f'<td class="long">{escape(cell)}</td>' for cell in row) + "</tr>"
    if not cells:
        return f'<p class="soft">{escape(empty)}</p>'
    heading = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    return (
        f'<div class="scroll" tabindex="0"><table><thead><tr>{heading}</tr></thead><tbody>{cells}</tbody>'
        "</table></div>"
    )

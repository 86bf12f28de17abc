"""The pages of the Octorate sandbox as HTML text: consent, refusal, control. Everything shown is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from integrations.sandbox_forms import Choice, check, entry, form, hidden_fields, select

STYLE = """
:root{--ink:#1d2733;--soft:#5b6775;--line:#d9dee5;--card:#fff;--back:#f3f5f8;--main:#0b5c8a;
--bad:#a3211b;--good:#1c6b3c}
*{box-sizing:border-box}
body{margin:0;font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;color:var(--ink);
background:var(--back)}
header.top{background:#12354b;color:#fff;padding:1rem}
header.top p{margin:.2rem 0 0;color:#d5e3ec}
header.top h1{margin:0;font-size:1.35rem}
main{max-width:76rem;margin:0 auto;padding:1rem;display:grid;gap:1rem}
@media(min-width:64rem){main.wide{grid-template-columns:minmax(0,3fr) minmax(0,2fr);align-items:start}}
.column{display:grid;gap:1rem;min-width:0}
section,.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem;
min-width:0}
h2{font-size:1.1rem;margin:0 0 .6rem}
h3{font-size:1rem;margin:1rem 0 .4rem}
p{margin:.4rem 0}.soft{color:var(--soft);font-size:.9rem}
form{display:flex;flex-wrap:wrap;gap:.6rem;align-items:end;margin:.5rem 0}
label{display:grid;gap:.2rem;font-size:.9rem;color:var(--soft)}
label.check{display:flex;align-items:center;gap:.4rem;min-height:2.75rem}
input,select,button{font:inherit;color:inherit;min-height:2.75rem;padding:.4rem .6rem;
border:1px solid #8a96a3;border-radius:.4rem;background:#fff;max-width:100%}
input[type=checkbox]{min-height:1.2rem;width:1.2rem}
input[type=number]{width:6rem}
button{background:var(--main);border-color:var(--main);color:#fff;font-weight:600;cursor:pointer;
padding:.4rem 1rem}
button.quiet{background:#fff;color:var(--main)}
button.bad{background:#fff;color:var(--bad);border-color:var(--bad)}
:is(button,input,select,summary,a,.scroll):focus-visible{
outline:3px solid #f0a92b;outline-offset:2px}
.chips{display:flex;flex-wrap:wrap;gap:.4rem;margin:.7rem 0 0;padding:0;list-style:none}
.chips li{background:#fff;color:var(--ink);border-radius:1rem;padding:.1rem .7rem;font-size:.9rem}
.chips li.warn{background:#ffe3b0}
.notice{border-left:.4rem solid var(--good);font-weight:600}.notice.bad{border-color:var(--bad)}
details{border-top:1px solid var(--line)}details:last-of-type{border-bottom:1px solid var(--line)}
summary{padding:.6rem 0;cursor:pointer;min-height:2.75rem}
.badge{display:inline-block;border-radius:.3rem;padding:0 .45rem;font-size:.8rem;font-weight:700;
background:#dcefe3;color:#134b2a}
.badge.off{background:#f6dcda;color:#7b1813}.badge.wait{background:#fff0cc;color:#6b4700}
.badge.odd{background:#e6dcf6;color:#432278}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.88rem}
th,td{text-align:left;padding:.35rem .6rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td.long{word-break:break-all}
table.nights th,table.nights td{white-space:nowrap;word-break:normal}
.consent{max-width:32rem;margin:6vh auto}
.consent form{gap:1rem}.consent button{flex:1}
ul.plain{padding-left:1.2rem}
"""


@dataclass(frozen=True)
class BookingLine:
    """One reservation as the control page lists it."""

    id: int
    accommodation: str
    title: str
    where: str
    arrival: str
    departure: str
    status: str
    detail: str
    is_active: bool


@dataclass(frozen=True)
class SaleLine:
    """One product as the control page shows what is on sale; a cell for each night."""

    name: str
    is_rate: bool
    cells: list[str]
    written: str


def document(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="icon" href="data:,"><style>{STYLE}</style></head>'
        f"<body>{body}</body></html>"
    )


def _top(title: str, text: str, extra: str = "") -> str:
    return f'<header class="top"><h1>{escape(title)}</h1><p>{escape(text)}</p>{extra}</header>'


def consent_page(*, client_id: str, redirect_uri: str, state: str, places: Iterable[tuple[str, str]]) -> str:
    """Return the page where the hotel user allows or refuses; the form posts to the page's own path."""
    rows = "".join(f"<li><strong>{escape(name)}</strong>, {escape(city)}</li>" for name, city in places)
    hidden = hidden_fields({"client_id": client_id, "redirect_uri": redirect_uri, "state": state})
    return document(
        "Allow access? - Octorate sandbox",
        _top("Octorate sandbox", "A local stand-in for Octorate. No real hotel is touched.")
        + '<main><section class="consent"><h2>Allow access to your properties?</h2>'
        "<p>You are signed in as <strong>Olmo Serra</strong>.</p>"
        f"<p>The application <strong>{escape(client_id)}</strong> asks to read and change reservations, "
        f'rooms and the calendar of:</p><ul class="plain">{rows}</ul>'
        f'<form method="post" action="oauth.xhtml">{hidden}'
        '<button name="decision" value="allow">Allow</button>'
        '<button class="quiet" name="decision" value="refuse">Refuse</button></form>'
        f'<p class="soft">Afterwards you return to {escape(redirect_uri)}</p></section></main>',
    )


def refusal_page(reason: str) -> str:
    return document(
        "Not possible - Octorate sandbox",
        _top("Octorate sandbox", "A local stand-in for Octorate.")
        + f'<main><section class="consent"><h2>This request was refused</h2><p>{escape(reason)}</p>'
        '<p class="soft">Check the client id and the whitelist of return addresses, then start again '
        "from your own application.</p></section></main>",
    )


def book_card(
    *,
    units: Iterable[Choice],
    rates: Iterable[Choice],
    channels: Iterable[Choice],
    arrival: str,
    departure: str,
) -> str:
    fields = (
        select("Room", "unit", units)
        + select("Rate", "rate", rates)
        + entry("Arrival", "arrival", arrival, "date", "required")
        + entry("Departure", "departure", departure, "date", "required")
        + entry("Guest", "guest", "Mara Quill", "text", 'required maxlength="100"')
        + select("Channel", "channel", channels)
        + entry("Rooms", "rooms", 1, "number", 'min="1" max="4"')
        + entry("Adults", "adults", 1, "number", 'min="1" max="9"')
        + entry("Note", "notes", "", "text", 'maxlength="200"')
        + check("Overbook on purpose", "overbook")
    )
    more = form("unknown_room", "", "Book a room nobody knows", style="quiet")
    return f"<section><h2>Book a stay</h2>{form('book', fields, 'Book')}{more}</section>"


def reservations_card(
    lines: Iterable[BookingLine], *, total: int, query: str, rooms: Mapping[str, list[Choice]]
) -> str:
    """Return the list of reservations with their actions; `rooms` are the choices per property."""
    search = (
        f'<form method="get" action="./">{entry("Find by guest, number, room or property", "q", query)}'
        '<button class="quiet">Find</button></form>'
    )
    body = "".join(_booking_line(line, rooms[line.accommodation]) for line in lines)
    empty = "" if body else "<p>No reservation matches.</p>"
    return (
        f"<section><h2>Reservations</h2><p class='soft'>{total} in all, newest change first. "
        f"Open one to act on it.</p>{search}{body}{empty}</section>"
    )


def _booking_line(line: BookingLine, rooms: list[Choice]) -> str:
    style = {"CONFIRMED": "", "CANCELLED": " off", "WAITING": " wait"}.get(line.status, " odd")
    summary = (
        f'<summary><span class="badge{style}">{escape(line.status)}</span> '
        f"<strong>{escape(line.title)}</strong> "
        f"{escape(line.where)}<br>{escape(line.arrival)} to {escape(line.departure)} "
        f'<span class="soft">{escape(line.detail)}</span></summary>'
    )
    hidden = {"id": line.id}
    overbook = check("Even if taken", "overbook")
    dates = entry("Arrival", "arrival", line.arrival, "date", "required")
    dates += entry("Departure", "departure", line.departure, "date", "required")
    actions = [
        form("change", dates + overbook, "Change dates", hidden=hidden),
        form("move", select("Move to", "room", rooms) + overbook, "Move", hidden=hidden),
        form(
            "split",
            select("Second part in", "room", rooms[1:])
            + entry("From the night of", "start", "", "date", f'required min="{escape(line.arrival)}"'),
            "Split stay",
            hidden=hidden,
        ),
        form("check_in", "", "Check in", style="quiet", hidden=hidden),
        form("check_out", "", "Check out", style="quiet", hidden=hidden),
        form("no_show", "", "No show", style="quiet", hidden=hidden),
        form("unknown_status", "", "Unknown status", style="quiet", hidden=hidden),
        form("cancel", "", "Cancel", style="bad", hidden=hidden),
    ]
    again = form("confirm", "", "Confirm", hidden=hidden) if line.status != "CONFIRMED" else ""
    inner = "".join(actions) + again if line.is_active else again
    return f"<details>{summary}{inner}</details>"


def faults_card() -> str:
    fail = (
        entry("Calls", "n", 1, "number", 'min="1" max="1000"')
        + select(
            "Answer", "status", [Choice(s, s) for s in ("500", "550", "401", "403", "404", "429", "503")]
        )
        + entry("Only paths with", "path_part", "", "text", 'maxlength="100" placeholder="/reservation"')
    )
    slow = entry("Seconds", "seconds", 5, "number", 'min="0" max="120"')
    return (
        "<section><h2>Faults</h2>"
        + form("fail", fail, "Fail next calls")
        + form("slow", slow, "Be slow")
        + form("clear", "", "No more faults", style="quiet")
        + "<h3>Access</h3>"
        + form("expire", "", "Expire access tokens", style="quiet")
        + form("revoke", "", "Revoke the grant", style="bad")
        + "<h3>Quota</h3>"
        + form("quota_exhaust", "", "Use up quota", style="quiet")
        + form("quota_restore", "", "Restore quota", style="quiet")
        + "<h3>Start again</h3><p class='soft'>New demo data. Grants and subscriptions are gone too: "
        "connect again afterwards.</p>" + form("reset", "", "Reset everything", style="bad") + "</section>"
    )


def sale_card(
    *, nights: list[str], places: Mapping[str, list[SaleLine]], permissions: Iterable[Choice]
) -> str:
    """Return what is on sale, rooms left and price by room type and night, and the switch of the contract."""
    tables = ""
    for place, lines in places.items():
        rows = [
            (f"↳ {line.name}" if line.is_rate else line.name, line.written, *line.cells) for line in lines
        ]
        head = ("Sold as", "Last update", *nights)
        tables += f"<h3>{escape(place)}</h3>{_table(head, rows, 'Nothing.', style='nights')}"
    switch = form("permit", select("The application may", "permission", permissions), "Set", style="quiet")
    return (
        '<section><h2>On sale</h2><p class="soft">Rooms left and price by night. Bookings made here lower the rooms '
        f"left; last update tells when the calendar was written from outside (UTC).</p>{tables}{switch}</section>"
    )


def webhooks_card(*, held: bool, waiting: int, subscriptions: Iterable[tuple[str, ...]]) -> str:
    hold = form("hold", "", "Hold deliveries", style="quiet")
    release = form("release", "", "Release in order") if held else ""
    rows = _table(("Event", "Address", "Last delivery"), subscriptions, "No subscription yet.")
    return (
        f"<section><h2>Webhooks</h2><p class='soft'>{waiting} waiting. To mix up the order: hold, act, "
        "then send out of order.</p>"
        + form("duplicates", "", "Send last event again three times", style="quiet", hidden={"n": 3})
        + ("" if held else hold)
        + release
        + form("release_reversed", "", "Send pending events out of order", style="quiet")
        + f"<h3>Subscriptions</h3>{rows}</section>"
    )


def log_card(attempts: Iterable[tuple[str, ...]]) -> str:
    head = ("Time (UTC)", "Event", "Reservation", "Try", "Answer", "State")
    return f"<section><h2>Delivery log</h2>{_table(head, attempts, 'Nothing was delivered yet.')}</section>"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]], empty: str, *, style: str = "") -> str:
    cells = ""
    for row in rows:
        cells += "<tr>" + "".join(f'<td class="long">{escape(cell)}</td>' for cell in row) + "</tr>"
    if not cells:
        return f'<p class="soft">{escape(empty)}</p>'
    heading = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    css = f' class="{style}"' if style else ""
    return (
        f'<div class="scroll" tabindex="0"><table{css}><thead><tr>{heading}</tr></thead><tbody>{cells}</tbody>'
        "</table></div>"
    )


def control_page(
    *, notice: str, failed: bool, chips: Iterable[tuple[str, bool]], left: Iterable[str], right: Iterable[str]
) -> str:
    """Return the control page; a chip is (text, needs attention)."""
    styles = {True: ' class="warn"', False: ""}
    items = "".join(f"<li{styles[warn]}>{escape(text)}</li>" for text, warn in chips)
    kind = "notice bad" if failed else "notice"
    note = f'<p class="card {kind}" role="status">{escape(notice)}</p>' if notice else ""
    return document(
        "Octorate sandbox",
        _top("Octorate sandbox", "Play the channel manager: what you do here reaches the hotel as a webhook.",
             f'<ul class="chips">{items}</ul>')
        + f'<main class="wide"><div class="column">{note}{"".join(left)}</div>'
        f'<div class="column">{"".join(right)}</div></main>',
    )  # fmt: skip

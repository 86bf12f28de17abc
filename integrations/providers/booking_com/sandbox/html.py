"""Small pieces of HTML for the Booking.com sandbox's control page; everything shown is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

STYLE = """
:root{--ink:#1b2430;--soft:#556070;--line:#d6dce5;--main:#0a4b9a;--bad:#a11d17;--good:#1a6638}
*{box-sizing:border-box}
body{margin:0;font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;color:var(--ink);background:#f2f4f8}
header.top{background:#0d2f63;color:#fff;padding:1rem}
header.top h1{margin:0;font-size:1.35rem}header.top p{margin:.2rem 0 0;color:#d8e3f5}
main{max-width:80rem;margin:0 auto;padding:1rem;display:grid;gap:1rem}
@media(min-width:64rem){main{grid-template-columns:minmax(0,3fr) minmax(0,2fr);align-items:start}}
.column{display:grid;gap:1rem;min-width:0}
section{background:#fff;border:1px solid var(--line);border-radius:.6rem;padding:1rem;min-width:0}
h2{font-size:1.1rem;margin:0 0 .6rem}h3{font-size:1rem;margin:1rem 0 .4rem}p{margin:.4rem 0}
.soft{color:var(--soft);font-size:.9rem}
form{display:flex;flex-wrap:wrap;gap:.6rem;align-items:end;margin:.5rem 0}
.row{display:flex;flex-wrap:wrap;gap:.6rem}.row form{margin:0}
label{display:grid;grid-template-columns:minmax(0,1fr);gap:.2rem;font-size:.9rem;color:var(--soft);max-width:100%}
label.check{display:flex;align-items:center;gap:.4rem;min-height:2.75rem}
input,select,button{font:inherit;color:var(--ink);min-height:2.75rem;padding:.4rem .6rem;max-width:100%;
border:1px solid #78869a;border-radius:.4rem;background:#fff}
input[type=checkbox]{min-height:1.2rem;width:1.2rem}input[type=number]{width:6rem}
button{background:var(--main);border-color:var(--main);color:#fff;font-weight:600;cursor:pointer;padding:.4rem 1rem}
button.quiet{background:#fff;color:var(--main)}
button.bad{background:#fff;color:var(--bad);border-color:var(--bad)}
:focus-visible{outline:3px solid #e08a00;outline-offset:2px}
.chips{display:flex;flex-wrap:wrap;gap:.4rem;margin:.7rem 0 0;padding:0;list-style:none}
.chips li{background:#fff;color:var(--ink);border-radius:1rem;padding:.1rem .7rem;font-size:.9rem}
.chips li.warn{background:#ffe3b0}
.notice{border-left:.4rem solid var(--good);font-weight:600}.notice.bad{border-color:var(--bad)}
details{border-top:1px solid var(--line)}summary{padding:.6rem 0;cursor:pointer;min-height:2.75rem}
.badge{border-radius:.3rem;padding:0 .45rem;font-size:.8rem;font-weight:700;background:#dcefe3;color:#134b2a}
.badge.off{background:#f6dcda;color:#7b1813}.badge.wait{background:#fff0cc;color:#6b4700}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.88rem}
caption{text-align:left;font-weight:600;padding:.3rem 0}
th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td.closed{background:#f6dcda}
"""


def page(title: str, lead: str, chips: Iterable[tuple[str, bool]], note: str, columns: Iterable[str]) -> str:
    """Return a whole page; a chip is (text, needs attention)."""
    marks = {True: ' class="warn"', False: ""}
    items = "".join(f"<li{marks[warn]}>{escape(text)}</li>" for text, warn in chips)
    body = "".join(f'<div class="column">{column}</div>' for column in columns)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="icon" href="data:,"><style>{STYLE}</style></head><body>'
        f'<header class="top"><h1>{escape(title)}</h1><p>{escape(lead)}</p>'
        f'<ul class="chips">{items}</ul></header><main>{note}{body}</main></body></html>'
    )


def notice(text: str, *, failed: bool) -> str:
    if not text:
        return ""
    style = "notice bad" if failed else "notice"
    return f'<section class="{style}" role="status" style="grid-column:1/-1">{escape(text)}</section>'


def card(heading: str, *parts: str, lead: str = "") -> str:
    text = f'<p class="soft">{escape(lead)}</p>' if lead else ""
    return f"<section><h2>{escape(heading)}</h2>{text}{''.join(parts)}</section>"


def table(caption: str, head: Iterable[str], rows: Iterable[Iterable[str]], empty: str) -> str:
    """Return a table that scrolls sideways on a phone; a cell that begins with "closed" stands out."""
    lines = ""
    for row in rows:
        cells = "".join(_cell(text) for text in row)
        lines += f"<tr>{cells}</tr>"
    if not lines:
        return f"<h3>{escape(caption)}</h3><p class='soft'>{escape(empty)}</p>"
    heading = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{heading}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _cell(text: str) -> str:
    style = ' class="closed"' if text.startswith("closed") else ""
    return f"<td{style}>{escape(text)}</td>"
